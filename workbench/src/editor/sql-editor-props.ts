import type { Problem } from '../../../backend/contract/problem.ts'

export interface SqlEditorProps {
  /** Names the text, so that its undo steps are found again. */
  textKey: string
  value: string
  label: string
  keywords: ReadonlySet<string>
  /** The problem of exactly this text, to be underlined. */
  problem: Problem | null
  /** Whether the keyboard belongs here. */
  isFocused: boolean
  onChange: (value: string) => void
  onFocus: () => void
  onLeave: () => void
  onRun: (next: 'stay' | 'go-on') => void
}

/** Where the caret stands when one editor takes another's place. */
export interface HandedFocus {
  readonly start: number
  readonly end: number
  /** Whether the keyboard went elsewhere, as into a menu. */
  readonly isLeft: boolean
}
