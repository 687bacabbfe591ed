import { type KeyboardEvent, useEffect, useRef } from 'react'
import styles from './editor.module.css'
import type { HandedFocus, SqlEditorProps } from './sql-editor-props.ts'
import { SqlText } from './sql-text.tsx'

interface PlainSqlProps extends SqlEditorProps {
  onCaret: (caret: HandedFocus) => void
}

/** A text field over the coloured text: what one can type into before Monaco is there, and on phones. */
export function PlainSql(props: PlainSqlProps) {
  const { value, isFocused, onCaret } = props
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (isFocused) field.current?.focus({ preventScroll: true })
  }, [isFocused])

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') props.onLeave()
    else if (event.key === 'Enter' && event.shiftKey) props.onRun('go-on')
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) props.onRun('stay')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function tellCaret(isLeft: boolean): void {
    const { selectionStart: start = 0, selectionEnd: end = 0 } = field.current ?? {}
    onCaret({ start, end, isLeft })
  }

  return (
    <div className={styles.plain}>
      <pre className={styles.text} aria-hidden="true">
        <SqlText text={value} keywords={props.keywords} />
      </pre>
      <textarea
        ref={field}
        className={styles.field}
        aria-label={props.label}
        value={value}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={event => {
          // What was selected may have been pasted over, which no event of the selection tells.
          tellCaret(false)
          props.onChange(event.target.value)
        }}
        onFocus={() => {
          tellCaret(false)
          props.onFocus()
        }}
        // The field of a window that was left is the active element still.
        onBlur={() => tellCaret(document.activeElement !== field.current)}
        onSelect={() => tellCaret(false)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}
