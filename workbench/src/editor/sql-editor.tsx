import { useRef, useState } from 'react'
import styles from './editor.module.css'
import { editorHeight } from './editor-metrics.ts'
import { useMonaco } from './load-monaco.ts'
import { MonacoSql } from './monaco-sql-editor.tsx'
import { PlainSql } from './plain-sql.tsx'
import type { HandedFocus, SqlEditorProps } from './sql-editor-props.ts'
import { useCalm } from './use-calm.ts'
import { useNear } from './use-near.ts'

/** Monaco where it is needed and loaded; a plain text field of the same size and look until then. */
export function SqlEditor(props: SqlEditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const isNear = useNear(box)
  const [handed, setHanded] = useState<HandedFocus | null>(null)
  const parts = useMonaco(isNear && !isTouchOnly())
  const [isCalm, stir] = useCalm()
  // A key that is pressed while one editor takes the other's place would reach neither.
  const isMonaco = parts !== null && isCalm && (isNear || props.isFocused)
  return (
    <div ref={box} className={styles.box} style={{ height: editorHeight(props.value) }}>
      {isMonaco ? (
        <MonacoSql {...props} parts={parts} handed={handed} />
      ) : (
        <PlainSql
          {...props}
          onChange={value => {
            stir()
            props.onChange(value)
          }}
          onFocus={() => {
            stir()
            props.onFocus()
          }}
          onCaret={setHanded}
        />
      )}
    </div>
  )
}

/** Monaco does not support the keyboards of phones and tablets. */
function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches
}
