import { useRef, useState } from 'react'
import styles from './editor.module.css'
import { editorHeight } from './editor-metrics.ts'
import { useMonaco } from './load-monaco.ts'
import { MonacoSql } from './monaco-sql-editor.tsx'
import { PlainSql } from './plain-sql.tsx'
import type { HandedFocus, SqlEditorProps } from './sql-editor-props.ts'
import { useNear } from './use-near.ts'

/** Monaco where it is needed and loaded; a plain text field of the same size and look until then. */
export function SqlEditor(props: SqlEditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const isNear = useNear(box)
  const [handed, setHanded] = useState<HandedFocus | null>(null)
  const parts = useMonaco(isNear && !isTouchOnly())
  const isMonaco = parts !== null && (isNear || props.isFocused)
  return (
    <div ref={box} className={styles.box} style={{ height: editorHeight(props.value) }}>
      {isMonaco ? (
        <MonacoSql {...props} parts={parts} handed={handed} />
      ) : (
        <PlainSql {...props} onCaret={setHanded} />
      )}
    </div>
  )
}

/** Monaco does not support the keyboards of phones and tablets. */
function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches
}
