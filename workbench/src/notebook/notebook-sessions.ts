import type { DocumentClient } from '../api-client/document-client.ts'
import type { Drafts } from '../document/drafts.ts'
import { OpenDocument } from '../document/open-document.ts'
import { NotebookSession, type SessionParts } from './notebook-session.ts'

const sessionsMax = 8

interface NotebookSessionsParts extends SessionParts {
  readonly client: DocumentClient
  readonly drafts: Drafts
}

/** Keeps the notebooks that were opened last, with their results. */
export class NotebookSessions {
  /** The notebook that is in view. */
  shown: NotebookSession | null = null
  private readonly sessions = new Map<string, NotebookSession>()
  private readonly parts: NotebookSessionsParts

  constructor(parts: NotebookSessionsParts) {
    this.parts = parts
  }

  open(name: string): NotebookSession {
    const held = this.sessions.get(name)
    if (held) return held
    const { client, drafts, clock } = this.parts
    const address = { kind: 'notebooks' as const, name }
    const document = new OpenDocument({ address, client, drafts, clock })
    const session = new NotebookSession(document, this.parts)
    this.sessions.set(name, session)
    this.trim()
    return session
  }

  /** A notebook's document if it is held. */
  find(name: string): OpenDocument | undefined {
    return this.sessions.get(name)?.document
  }

  /** Tries again now what waits for the server, and looks for what others saved. */
  retry(): void {
    for (const session of this.sessions.values()) session.document.retry()
  }

  async saveAll(): Promise<void> {
    await Promise.all([...this.sessions.values()].map(session => session.document.saveNow()))
  }

  /** Forgets a notebook that was deleted or renamed. */
  forget(name: string): void {
    this.sessions.get(name)?.document.abandon()
    this.sessions.get(name)?.close()
    this.sessions.delete(name)
  }

  private trim(): void {
    for (const [name, session] of this.sessions) {
      if (this.sessions.size <= sessionsMax) return
      session.close()
      this.sessions.delete(name)
    }
  }
}
