import { useEffect, useLayoutEffect, useRef } from 'react'
import type { Problem } from '../../../backend/contract/problem.ts'
import styles from './editor.module.css'
import { editorHeight } from './editor-metrics.ts'
import type { loadMonaco } from './load-monaco.ts'
import type { HandedFocus, SqlEditorProps } from './sql-editor-props.ts'

type MonacoParts = Awaited<ReturnType<typeof loadMonaco>>
type Editor = ReturnType<MonacoParts['monaco']['editor']['create']>

interface MonacoSqlProps extends SqlEditorProps {
  parts: MonacoParts
  handed: HandedFocus | null
}

const language = 'millrace-sql'
const markerOwner = 'millrace'

export function MonacoSql(props: MonacoSqlProps) {
  const { value, problem, isFocused, handed, parts } = props
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor | null>(null)
  // Monaco calls back long after it was made: it finds the handlers of now here.
  const latest = useRef(props)
  latest.current = props

  useLayoutEffect(() => {
    if (!host.current) return
    const { create, end } = mountEditor(host.current, latest.current, () => latest.current)
    editor.current = create
    return () => {
      editor.current = null
      end()
    }
  }, [])

  useLayoutEffect(() => {
    const model = editor.current?.getModel()
    if (model) parts.setText(model, value)
    layOut(editor.current, host.current, value)
  }, [parts, value])

  useEffect(() => {
    const model = editor.current?.getModel()
    if (model)
      parts.monaco.editor.setModelMarkers(model, markerOwner, markersOf(parts, model, problem))
  }, [parts, problem])

  // What was left in the other editor is not taken back: it would close the menu that is open now.
  const wasFocused = useRef(isFocused && handed?.isLeft === true)
  // Before anything is painted: a key that is pressed in between would be a command.
  useLayoutEffect(() => {
    const isNew = isFocused && !wasFocused.current
    wasFocused.current = isFocused
    if (isNew && !editor.current?.hasTextFocus()) editor.current?.focus()
  }, [isFocused])

  return <div ref={host} className={styles.monaco} />
}

/** Makes an editor in an element; it asks for the props as they are when something happens. */
function mountEditor(
  host: HTMLDivElement,
  { parts, textKey, value, handed, isFocused, label }: MonacoSqlProps,
  now: () => MonacoSqlProps,
): { create: Editor; end: () => void } {
  const held = parts.editorModels.take(textKey, value, language)
  const editor = parts.monaco.editor.create(host, {
    ...parts.editorOptions,
    model: held.model,
    ariaLabel: `${label}. Press Escape to leave.`,
    dimension: { width: host.clientWidth, height: editorHeight(value) },
  })
  if (held.view) editor.restoreViewState(held.view)
  if (isFocused && handed) takeCaret(editor, handed)
  addKeys(parts, editor, now)
  const changes = held.model.onDidChangeContent(() => {
    parts.monaco.editor.setModelMarkers(held.model, markerOwner, [])
    now().onChange(held.model.getValue())
  })
  const focus = editor.onDidFocusEditorText(() => now().onFocus())
  const observer = new ResizeObserver(() => layOut(editor, host, now().value))
  observer.observe(host)
  return {
    create: editor,
    end: () => {
      held.view = editor.saveViewState()
      observer.disconnect()
      changes.dispose()
      focus.dispose()
      editor.dispose()
    },
  }
}

function layOut(editor: Editor | null, host: HTMLDivElement | null, value: string): void {
  if (host) editor?.layout({ width: host.clientWidth, height: editorHeight(value) })
}

function takeCaret(editor: Editor, { start, end }: HandedFocus): void {
  const model = editor.getModel()
  if (!model) return
  const from = model.getPositionAt(start)
  const to = model.getPositionAt(end)
  editor.setSelection({
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  })
}

function addKeys({ monaco }: MonacoParts, editor: Editor, now: () => MonacoSqlProps): void {
  const { KeyCode, KeyMod } = monaco
  const isAlone =
    '!suggestWidgetVisible && !findWidgetVisible && !parameterHintsVisible && !inSnippetMode'
  const add = (id: string, keybindings: number[], run: () => void, precondition?: string): void => {
    editor.addAction({ id, label: id, keybindings, run, ...(precondition ? { precondition } : {}) })
  }
  const runs = (next: 'stay' | 'go-on') => () => {
    editor.trigger('millrace', 'hideSuggestWidget', {})
    now().onRun(next)
  }
  add('millrace.runAndGoOn', [KeyMod.Shift | KeyCode.Enter], runs('go-on'))
  add('millrace.run', [KeyMod.CtrlCmd | KeyCode.Enter], runs('stay'))
  add('millrace.leave', [KeyCode.Escape], () => now().onLeave(), isAlone)
}

function markersOf(
  { monaco }: MonacoParts,
  model: NonNullable<ReturnType<Editor['getModel']>>,
  problem: Problem | null,
): Parameters<MonacoParts['monaco']['editor']['setModelMarkers']>[2] {
  const position = problem?.position
  if (!problem || !position) return []
  const from = model.getPositionAt(position.offset)
  const to = model.getPositionAt(position.offset + Math.max(1, position.length))
  return [
    {
      severity: monaco.MarkerSeverity.Error,
      message: [problem.detail, problem.hint].filter(Boolean).join('\n'),
      startLineNumber: from.lineNumber,
      startColumn: from.column,
      endLineNumber: to.lineNumber,
      endColumn: to.column,
    },
  ]
}
