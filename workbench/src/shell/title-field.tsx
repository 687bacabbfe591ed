import { useState } from 'react'
import styles from './title-field.module.css'

interface TitleFieldProps {
  title: string
  onChange: (title: string) => void
}

/** A title that is changed where it stands; empty, or left by Escape, it stays as it was. */
export function TitleField({ title, onChange }: TitleFieldProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? title
  function commit(): void {
    const wanted = draft?.trim() ?? ''
    if (wanted !== '' && wanted !== title) onChange(wanted)
    setDraft(null)
  }
  return (
    <input
      className={styles.field}
      aria-label="Title of the notebook"
      value={text}
      size={Math.max(8, text.length)}
      onChange={event => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={event => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') setDraft(null)
      }}
    />
  )
}
