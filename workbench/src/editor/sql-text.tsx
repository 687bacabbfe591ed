import { memo } from 'react'
import styles from './editor.module.css'
import { tokenizeSql } from './sql-tokens.ts'

interface SqlTextProps {
  text: string
  keywords: ReadonlySet<string>
}

/** A statement in the editor's colours, without the editor. */
export const SqlText = memo(function SqlText({ text, keywords }: SqlTextProps) {
  const parts: React.ReactNode[] = []
  let end = 0
  for (const token of tokenizeSql(text, keywords)) {
    if (token.start > end) parts.push(text.slice(end, token.start))
    parts.push(
      <span key={token.start} className={styles[token.kind]}>
        {token.text}
      </span>,
    )
    end = token.end
  }
  return (
    <>
      {parts}
      {text.slice(end)}
    </>
  )
})
