import type { Problem } from '../../../backend/contract/problem.ts'
import { type DocumentVersion, unknownDocumentCode } from '../api-client/document-client.ts'
import type { Draft } from './drafts.ts'

/** A document as this page holds it, and how it stands to the server's. */
export interface DocumentState {
  readonly text: string
  /** The server's version that `text` goes on from; null when the server has none. */
  readonly base: DocumentVersion | null
  readonly phase: SavePhase
  readonly savedAt: number | null
  /** Texts that were sent and got no answer: the server may hold any of them. */
  readonly unanswered: readonly string[]
  /** The answer of a server that has no such document any more; null as long as it has one. */
  readonly gone: Problem | null
}

export type SavePhase =
  | { readonly is: 'saved' }
  | { readonly is: 'unsaved' }
  | { readonly is: 'saving'; readonly sent: string }
  /** The last try failed: it is tried again soon when `retries`, else when something has changed. */
  | { readonly is: 'failed'; readonly problem: Problem; readonly retries: boolean }
  | { readonly is: 'conflict'; readonly theirs: DocumentVersion }

export type DocumentEvent =
  | { type: 'edited'; text: string }
  | { type: 'sent' }
  | { type: 'saved'; etag: string; at: number }
  | { type: 'failed'; problem: Problem }
  | { type: 'found'; version: DocumentVersion; at: number }
  | { type: 'kept-mine' }
  | { type: 'took-theirs'; at: number }
  /** The document is to be made anew. */
  | { type: 'detached' }

export function openedDocument(version: DocumentVersion): DocumentState {
  return {
    text: version.text,
    base: version,
    phase: { is: 'saved' },
    savedAt: null,
    unanswered: [],
    gone: null,
  }
}

/** A draft that an earlier page left, of a document that is not there any more. */
export function orphanedDraft(draft: Draft, gone: Problem): DocumentState {
  return {
    text: draft.text,
    // What that version said is not known; its tag finds it if it comes back.
    base: { text: draft.text, etag: draft.baseEtag },
    phase: { is: 'failed', problem: gone, retries: false },
    savedAt: null,
    unanswered: [draft.text],
    gone,
  }
}

/** The document with a draft that an earlier page left: it goes on, or stands against a newer version. */
export function withDraft(state: DocumentState, draft: Draft): DocumentState {
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
    case 'failed':
      return failed(state, event.problem)
    case 'found':
      return found(state, event)
    case 'kept-mine':
      if (state.phase.is !== 'conflict') return state
      return { ...state, base: state.phase.theirs, phase: { is: 'unsaved' } }
    case 'took-theirs': {
      if (state.phase.is !== 'conflict') return state
      return { ...openedDocument(state.phase.theirs), savedAt: event.at }
    }
    case 'detached':
      return { ...state, base: null, phase: { is: 'unsaved' } }
  }
}

/** Whether closing the page now would leave something that only this page holds. */
export function isUnsaved(state: DocumentState): boolean {
  return state.phase.is !== 'saved'
}

/** What failed although nothing is wrong with the text: others bring the file back, or let it be written. */
export function isMendedByOthers({ code }: Problem): boolean {
  return code === unknownDocumentCode || code === 'document-unwritable'
}

function edited(state: DocumentState, text: string): DocumentState {
  if (text === state.text) return state
  if (state.phase.is === 'saving' || state.phase.is === 'conflict') return { ...state, text }
  // A text without an answer may be what the server holds now, whatever it held before.
  const isAsSaved = text === state.base?.text && state.unanswered.length === 0
  return { ...state, text, phase: { is: isAsSaved ? 'saved' : 'unsaved' } }
}

function failed(state: DocumentState, problem: Problem): DocumentState {
  return {
    ...state,
    phase: { is: 'failed', problem, retries: problem.retryable },
    unanswered: [...state.unanswered, ...sentText(state.phase)],
    gone: problem.code === unknownDocumentCode ? problem : state.gone,
  }
}

function saved(state: DocumentState, event: { etag: string; at: number }): DocumentState {
  if (state.phase.is !== 'saving') return state
  const base = { text: state.phase.sent, etag: event.etag }
  const phase: SavePhase = { is: state.text === base.text ? 'saved' : 'unsaved' }
  return { ...state, base, phase, savedAt: event.at, unanswered: [], gone: null }
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
    return { ...state, base: version, phase: next, savedAt: at, unanswered: [], gone: null }
  }
  if (phase.is === 'saved') return { ...openedDocument(version), savedAt: state.savedAt }
  return { ...state, phase: { is: 'conflict', theirs: version }, gone: null }
}

function sentText(phase: SavePhase): string[] {
  return phase.is === 'saving' ? [phase.sent] : []
}
