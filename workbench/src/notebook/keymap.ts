/** What a key does to the selected cell, or to the notebook. */
export type NotebookCommand =
  | 'run'
  | 'run-and-go-on'
  | 'edit'
  | 'leave'
  | 'select-above'
  | 'select-below'
  | 'insert-above'
  | 'insert-below'
  | 'insert-text-below'
  | 'delete'
  | 'undo-delete'
  | 'duplicate'
  | 'move-up'
  | 'move-down'
  | 'to-text'
  | 'to-sql'
  | 'toggle-live'
  | 'toggle-view'
  | 'pin'

export interface KeyPress {
  readonly key: string
  readonly isShift: boolean
  readonly isAlt: boolean
  /** Ctrl, or ⌘ on a Mac. */
  readonly isCommand: boolean
}

/** The first D of two. */
export interface PendingKey {
  readonly key: string
  readonly at: number
}

export interface KeyAnswer {
  readonly command: NotebookCommand | null
  readonly pending: PendingKey | null
}

const twiceWithinMs = 800
const plainKeys: Readonly<Record<string, NotebookCommand>> = {
  Enter: 'edit',
  Escape: 'leave',
  ArrowUp: 'select-above',
  ArrowDown: 'select-below',
  k: 'select-above',
  j: 'select-below',
  a: 'insert-above',
  b: 'insert-below',
  t: 'insert-text-below',
  z: 'undo-delete',
  m: 'to-text',
  y: 'to-sql',
  l: 'toggle-live',
  v: 'toggle-view',
  p: 'pin',
}

/** The command of a key in command mode, where no text is edited. */
export function commandFor(press: KeyPress, pending: PendingKey | null, now: number): KeyAnswer {
  const none = { command: null, pending: null }
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  if (key === 'Enter' && press.isShift) return { ...none, command: 'run-and-go-on' }
  if (key === 'Enter' && press.isCommand) return { ...none, command: 'run' }
  if (press.isCommand) return none
  if (press.isAlt) return { ...none, command: moves[key] ?? null }
  if (press.isShift) return { ...none, command: key === 'd' ? 'duplicate' : null }
  if (key !== 'd') return { ...none, command: plainKeys[key] ?? null }
  const isSecond = pending?.key === 'd' && now - pending.at <= twiceWithinMs
  return isSecond ? { ...none, command: 'delete' } : { ...none, pending: { key, at: now } }
}

const moves: Readonly<Record<string, NotebookCommand>> = {
  ArrowUp: 'move-up',
  ArrowDown: 'move-down',
}

/** All keys, for the list that `?` shows. */
export const keyList: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Mod+K', 'Search or run a command'],
      ['Mod+S', 'Save now'],
      ['Shift+Enter', 'Run the cell and go on'],
      ['Mod+Enter', 'Run the cell'],
      ['?', 'Show these keys'],
    ],
  },
  {
    title: 'With a cell selected',
    keys: [
      ['Enter', 'Edit it'],
      ['ArrowUp', 'Select the one above'],
      ['ArrowDown', 'Select the one below'],
      ['A', 'Add SQL above'],
      ['B', 'Add SQL below'],
      ['T', 'Add text below'],
      ['D D', 'Delete it'],
      ['Z', 'Bring back what was deleted'],
      ['⇧D', 'Duplicate it'],
      ['Alt+ArrowUp', 'Move it up'],
      ['Alt+ArrowDown', 'Move it down'],
      ['M', 'Make it text'],
      ['Y', 'Make it SQL'],
      ['L', 'Keep it live, or stop'],
      ['V', 'Table or chart'],
      ['P', 'Pin it to a dashboard'],
    ],
  },
  {
    title: 'In the editor',
    keys: [
      ['Escape', 'Leave it'],
      ['Mod+/', 'Comment out'],
      ['Mod+F', 'Find'],
      ['Mod+D', 'Select the next occurrence too'],
      ['Mod+Space', 'Complete'],
    ],
  },
]
