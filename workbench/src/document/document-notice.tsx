import { ConflictNotice } from './conflict-notice.tsx'
import type { DocumentState } from './document-state.ts'
import { GoneNotice } from './gone-notice.tsx'
import type { OpenDocument } from './open-document.ts'

interface DocumentNoticeProps {
  document: OpenDocument
  state: DocumentState
}

/** What somebody has to decide before a document can be saved. */
export function DocumentNotice({ document, state: { phase, text, gone } }: DocumentNoticeProps) {
  if (phase.is === 'conflict') {
    return <ConflictNotice document={document} mine={text} theirs={phase.theirs.text} />
  }
  return gone ? <GoneNotice document={document} /> : null
}
