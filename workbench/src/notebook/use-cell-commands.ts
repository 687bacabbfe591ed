import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react'
import { useStore } from '../base/use-store.ts'
import { viewOf } from '../cell/result-view.ts'
import { useToasts } from '../ui/toast-context.ts'
import { commandFor, type NotebookCommand, type PendingKey } from './keymap.ts'
import type { NotebookSession } from './notebook-session.ts'
import { type CellId, cellAt } from './notebook-state.ts'

interface CellCommands {
  onKeyDown: (event: KeyboardEvent) => void
  run: (command: NotebookCommand, id: CellId) => void
}

/** What keys and menus do to cells. */
export function useCellCommands(
  session: NotebookSession,
  options: { list: RefObject<HTMLElement | null>; onPin: (id: CellId) => void },
): CellCommands {
  const toasts = useToasts()
  const pending = useRef<PendingKey | null>(null)
  const focus = useStore(session.focus)
  useKeptInView(options.list, focus.selected, focus.isEditing)

  function run(command: NotebookCommand, id: CellId): void {
    if (command === 'delete') remove(id)
    else if (command === 'to-text' || command === 'to-sql') convert(id, command)
    else if (command === 'toggle-live') toggleLive(id)
    else if (command === 'pin') options.onPin(id)
    else runCommand(session, command, id)
  }

  function remove(id: CellId): void {
    const deleted = session.delete(id)
    if (!deleted) return
    const undo = { label: 'Undo', run: () => session.undelete(deleted) }
    toasts.show({ text: 'Deleted a cell', action: undo })
  }

  function convert(id: CellId, command: 'to-text' | 'to-sql'): void {
    const replaced = session.convert(id, command === 'to-text' ? 'text' : 'sql')
    if (!replaced) return
    const undo = { label: 'Undo', run: () => session.undelete(replaced) }
    toasts.show({ text: command === 'to-text' ? 'Made it text' : 'Made it SQL', action: undo })
  }

  function toggleLive(id: CellId): void {
    const problem = session.toggleLive(id)
    if (problem) toasts.show({ text: `Not live: ${problem.detail} ${problem.hint ?? ''}`.trim() })
  }

  return {
    run,
    onKeyDown(event) {
      const id = selectedBy(event, options.list.current)
      if (!id) {
        if (!isControl(event.target)) onWholeList(event, session)
        return
      }
      const press = {
        key: event.key,
        isShift: event.shiftKey,
        isAlt: event.altKey,
        isCommand: event.ctrlKey || event.metaKey,
      }
      const answer = commandFor(press, pending.current, Date.now())
      pending.current = answer.pending
      if (!answer.command) return
      event.preventDefault()
      run(answer.command, id)
    },
  }
}

/** The cell whose frame itself has the focus: only then keys are commands. */
function selectedBy(event: KeyboardEvent, list: HTMLElement | null): CellId | null {
  const { target } = event
  if (!(target instanceof HTMLElement) || !list?.contains(target)) return null
  return (target.dataset.cellFrame ?? null) as CellId | null
}

function isControl(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.closest('button, input, textarea, select') !== null
}

/** Bringing back a deleted cell needs no selected one. */
function onWholeList(event: KeyboardEvent, session: NotebookSession): void {
  if (event.key === 'z' && !event.ctrlKey && !event.metaKey) session.undelete()
}

function runCommand(session: NotebookSession, command: NotebookCommand, id: CellId): void {
  const state = session.state.get()
  if (!state) return
  const index = state.ids.indexOf(id)
  const insert = (at: number, kind: 'sql' | 'text'): void => {
    const made = session.insert(at, kind)
    if (made) session.select(made, true)
  }
  const isLast = index === state.ids.length - 1
  const actions: Partial<Record<NotebookCommand, () => void>> = {
    run: () => session.run(id),
    'run-and-go-on': () => {
      session.run(id)
      if (isLast) insert(index + 1, 'sql')
      else session.step(1)
    },
    edit: () => session.select(id, true),
    leave: () => session.select(id, false),
    'select-above': () => session.step(-1),
    'select-below': () => session.step(1),
    'insert-above': () => insert(index, 'sql'),
    'insert-below': () => insert(index + 1, 'sql'),
    'insert-text-below': () => insert(index + 1, 'text'),
    'undo-delete': () => session.undelete(),
    duplicate: () => session.duplicate(id),
    'move-up': () => session.apply({ type: 'moved', id, to: index - 1 }),
    'move-down': () => session.apply({ type: 'moved', id, to: index + 1 }),
    'toggle-view': () => toggleView(session, id),
  }
  actions[command]?.()
}

function toggleView(session: NotebookSession, id: CellId): void {
  const state = session.state.get()
  const cell = state && cellAt(state, id)
  if (cell?.kind !== 'sql') return
  const value = viewOf(cell) === 'table' ? 'chart' : 'table'
  session.apply({ type: 'attribute-set', id, key: 'view', value })
}

/** The frame of the selected cell has the focus while nothing of it is edited, and is in view. */
function useKeptInView(
  list: RefObject<HTMLElement | null>,
  selected: CellId | null,
  isEditing: boolean,
): void {
  const edited = useRef<CellId | null>(null)
  useEffect(() => {
    const wasEdited = edited.current === selected
    edited.current = isEditing ? selected : null
    if (!selected || isEditing) return
    const frame = list.current?.querySelector<HTMLElement>(`[data-cell-frame="${selected}"]`)
    // A control within the frame keeps the focus; the editor that was left gives it back.
    if (!frame || (frame.contains(document.activeElement) && !wasEdited)) return
    frame.focus({ preventScroll: true })
    frame.scrollIntoView({ block: 'nearest' })
  }, [list, selected, isEditing])
}
