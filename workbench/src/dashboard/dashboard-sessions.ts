import type { DocumentClient } from '../api-client/document-client.ts'
import type { Clock } from '../base/clock.ts'
import type { Drafts } from '../document/drafts.ts'
import { OpenDocument } from '../document/open-document.ts'

export interface DashboardParts {
  readonly client: DocumentClient
  readonly drafts: Drafts
  readonly clock: Clock
}

/** The dashboards that were opened, as documents that save themselves. */
export class DashboardSessions {
  private readonly documents = new Map<string, OpenDocument>()
  private readonly parts: DashboardParts

  constructor(parts: DashboardParts) {
    this.parts = parts
  }

  open(name: string): OpenDocument {
    const held = this.documents.get(name)
    if (held) return held
    const address = { kind: 'dashboards' as const, name }
    const document = new OpenDocument({ address, ...this.parts })
    this.documents.set(name, document)
    void document.load()
    return document
  }

  /** Tries again now what waits for the server, and looks for what others saved. */
  retry(): void {
    for (const document of this.documents.values()) document.retry()
  }

  /** Resolves when what others saved is here. */
  async refresh(): Promise<void> {
    await Promise.all([...this.documents.values()].map(document => document.refresh()))
  }

  /** A dashboard's document if it is held. */
  find(name: string): OpenDocument | undefined {
    return this.documents.get(name)
  }

  async saveAll(): Promise<void> {
    await Promise.all([...this.documents.values()].map(document => document.saveNow()))
  }

  /** Forgets a dashboard that was deleted or renamed. */
  forget(name: string): void {
    this.documents.get(name)?.abandon()
    this.documents.delete(name)
  }
}
