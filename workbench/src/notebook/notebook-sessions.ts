import type { DocumentClient } from '../api-client/document-client.ts'
import type { Drafts } from '../document/drafts.ts'
import { OpenDocument } from '../document/open-document.ts'
import { NotebookSession, type SessionParts } from './notebook-session.ts'

const sessionsMax = 8
const trimAfterMs = 1_000

interface NotebookSessionsParts extends SessionParts {
  readonly client: DocumentClient
  readonly drafts: Drafts
}

/** Keeps the notebooks that are in use, and those that were opened last, with their results. */
export class NotebookSessions {
  /** The notebook that is in view. */
  shown: NotebookSession | null = null
  private readonly sessions = new Map<string, NotebookSession>()
  private readonly users = new Map<string, number>()
  private readonly parts: NotebookSessionsParts
  private callOffTrim = (): void => {}

  constructor(parts: NotebookSessionsParts) {
    this.parts = parts
  }

  open(name: string): NotebookSession {
    const held = this.sessions.get(name)
    if (held) {
      this.sessions.delete(name)
      this.sessions.set(name, held)
      return held
    }
    const { client, drafts, clock } = this.parts
    const address = { kind: 'notebooks' as const, name }
    const document = new OpenDocument({ address, client, drafts, clock })
    const session = new NotebookSession(document, this.parts)
    this.sessions.set(name, session)
    this.trimSoon()
    return session
  }

  /** Keeps a notebook that is in use, however many are opened; the returned function ends that. */
  retain(name: string): () => void {
    this.users.set(name, (this.users.get(name) ?? 0) + 1)
    return () => {
      const left = (this.users.get(name) ?? 0) - 1
      if (left > 0) this.users.set(name, left)
      else this.users.delete(name)
      this.trimSoon()
    }
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

  /** Whoever opens several at once gets to say first that it uses them. */
  private trimSoon(): void {
    this.callOffTrim()
    this.callOffTrim = this.parts.clock.after(trimAfterMs, () => this.trim())
  }

  private trim(): void {
    for (const [name, session] of this.sessions) {
      if (this.sessions.size <= sessionsMax) return
      if (this.users.has(name) || session === this.shown) continue
      session.close()
      this.sessions.delete(name)
    }
  }
}
