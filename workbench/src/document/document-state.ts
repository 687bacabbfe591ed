import type { Problem } from '../../../backend/contract/problem.ts'
import type { DocumentVersion } from '../api-client/document-client.ts'

/** A document as this page holds it, and how it stands to the server's. */
export interface DocumentState {
  readonly text: string
  /** The server's version that `text` goes on from; null when the server has none. */
  readonly base: DocumentVersion | null
  readonly phase: SavePhase
  readonly savedAt: number | null
  /** Texts that were sent and got no answer: the server may hold any of them. */
  readonly unanswered: readonly string[]
}

export type SavePhase =
  | { readonly is: 'saved' }
  | { readonly is: 'unsaved' }
  | { readonly is: 'saving'; readonly sent: string }
  /** The last try failed: it is tried again by itself when `retries`, else when the user wants it. */
  | { readonly is: 'failed'; readonly problem: Problem; readonly retries: boolean }
  | { readonly is: 'conflict'; readonly theirs: DocumentVersion }

export type DocumentEvent =
  | { type: 'edited'; text: string }
  | { type: 'sent' }
  | { type: 'saved'; etag: string; at: number }
  | { type: 'failed'; problem: Problem }
  | { type: 'gone' }
  | { type: 'found'; version: DocumentVersion; at: number }
  | { type: 'kept-mine' }
  | { type: 'took-theirs'; at: number }

export function openedDocument(version: DocumentVersion): DocumentState {
  return {
    text: version.text,
    base: version,
    phase: { is: 'saved' },
    savedAt: null,
    unanswered: [],
  }
}

/** The document with a draft that an earlier page left: it goes on, or stands against a newer version. */
export function withDraft(
  state: DocumentState,
  draft: { text: string; baseEtag: string },
): DocumentState {
  const theirs = state.base
  if (!theirs || draft.text === theirs.text) return state
  const isBased = draft.baseEtag === theirs.etag
  return {
    ...state,
    text: draft.text,
    phase: isBased ? { is: 'unsaved' } : { is: 'conflict', theirs },
  }
}

export function reduceDocument(state: DocumentState, event: DocumentEvent): DocumentState {
  switch (event.type) {
    case 'edited':
      return edited(state, event.text)
    case 'sent':
      return { ...state, phase: { is: 'saving', sent: state.text } }
    case 'saved':
      return saved(state, event)
    case 'failed': {
      const { problem } = event
      const unanswered = [...state.unanswered, ...sentText(state.phase)]
      return { ...state, unanswered, phase: { is: 'failed', problem, retries: problem.retryable } }
    }
    case 'gone':
      return { ...state, base: null, phase: { is: 'unsaved' } }
    case 'found':
      return found(state, event)
    case 'kept-mine':
      if (state.phase.is !== 'conflict') return state
      return { ...state, base: state.phase.theirs, phase: { is: 'unsaved' } }
    case 'took-theirs': {
      if (state.phase.is !== 'conflict') return state
      return { ...openedDocument(state.phase.theirs), savedAt: event.at }
    }
  }
}

/** Whether closing the page now would leave something that only this page holds. */
export function isUnsaved(state: DocumentState): boolean {
  return state.phase.is !== 'saved'
}

function edited(state: DocumentState, text: string): DocumentState {
  if (text === state.text) return state
  if (state.phase.is === 'saved' || state.phase.is === 'unsaved') {
    return { ...state, text, phase: { is: text === state.base?.text ? 'saved' : 'unsaved' } }
  }
  // What was refused for good may be taken now that it is another text.
  if (state.phase.is === 'failed' && !state.phase.retries) {
    return { ...state, text, phase: { is: 'unsaved' } }
  }
  return { ...state, text }
}

function saved(state: DocumentState, event: { etag: string; at: number }): DocumentState {
  if (state.phase.is !== 'saving') return state
  const base = { text: state.phase.sent, etag: event.etag }
  const phase: SavePhase = { is: state.text === base.text ? 'saved' : 'unsaved' }
  return { ...state, base, phase, savedAt: event.at, unanswered: [] }
}

/** The server holds another version than the one this page goes on from. */
function found(
  state: DocumentState,
  { version, at }: { version: DocumentVersion; at: number },
): DocumentState {
  const { phase } = state
  const isSame = version.text === state.text
  // A save whose answer was lost comes back as a change: by this page itself.
  const isOwn = [...state.unanswered, ...sentText(phase)].includes(version.text)
  if (isOwn || isSame) {
    const next: SavePhase = { is: isSame ? 'saved' : 'unsaved' }
    return { ...state, base: version, phase: next, savedAt: at, unanswered: [] }
  }
  if (phase.is === 'saved') return { ...openedDocument(version), savedAt: state.savedAt }
  return { ...state, phase: { is: 'conflict', theirs: version } }
}

function sentText(phase: SavePhase): string[] {
  return phase.is === 'saving' ? [phase.sent] : []
}
