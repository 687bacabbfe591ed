import { useEffect, useRef, useState } from 'react'
import { cellBody, type TextCell } from '../../../backend/contract/notebook-format.ts'
import { cellAt } from '../notebook/notebook-state.ts'
import { Markdown } from '../ui/markdown.tsx'
import styles from './cell.module.css'
import { CellFrame } from './cell-frame.tsx'
import { CellMenu } from './cell-menu.tsx'
import type { CellViewProps } from './cell-view-props.ts'

/** Markdown: read, and edited in place. */
export function TextCellView(props: CellViewProps & { cell: TextCell }) {
  const { session, id, cell, isSelected, isEditing } = props
  const body = cellBody(cell)
  return (
    <CellFrame
      {...{ id, isSelected, isEditing }}
      label="Text"
      isPlain
      onSelect={() => session.select(id)}
    >
      {isEditing ? (
        <TextEditor {...props} body={body} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: Enter does the same
        <div className={styles.markdown} onDoubleClick={() => session.select(id, true)}>
          {body.trim() === '' ? (
            <p className={styles.hint}>Empty text: press Enter to write.</p>
          ) : (
            <Markdown text={body} />
          )}
        </div>
      )}
      <div className={styles.textMenu}>
        <CellMenu {...props} />
      </div>
    </CellFrame>
  )
}

function TextEditor({ session, id, body, run }: CellViewProps & { body: string }) {
  const field = useRef<HTMLTextAreaElement>(null)
  // A notebook keeps no empty lines at the end of a text; while it is typed they stay here.
  const [typed, setTyped] = useState({ text: body, body })
  const text = typed.body === body ? typed.text : body
  useEffect(() => {
    const { current } = field
    current?.focus()
    current?.setSelectionRange(current.value.length, current.value.length)
  }, [])

  function edit(next: string): void {
    session.apply({ type: 'edited', id, body: next })
    const state = session.state.get()
    const cell = state && cellAt(state, id)
    setTyped({ text: next, body: cell ? cellBody(cell) : next })
  }

  return (
    <textarea
      ref={field}
      className={styles.textField}
      aria-label="Markdown"
      value={text}
      rows={Math.max(2, text.split('\n').length)}
      placeholder="Markdown"
      onChange={event => edit(event.target.value)}
      onBlur={() => session.select(session.focus.get().selected)}
      onKeyDown={event => {
        if (event.key === 'Escape') run('leave', id)
        else if (event.key === 'Enter' && event.shiftKey) run('run-and-go-on', id)
        else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run('leave', id)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    />
  )
}
