import type { DocumentAddress } from '../api-client/document-client.ts'

/** What was typed and is not on the server yet, with the version it goes on from. */
export interface Draft {
  readonly text: string
  readonly baseEtag: string
}

/** Keeps drafts where a reload or a crash of the page does not reach them. */
export interface Drafts {
  keep(address: DocumentAddress, draft: Draft): void
  drop(address: DocumentAddress): void
  /** This page's draft, or one that a closed page left. */
  find(address: DocumentAddress): Promise<Draft | null>
}

interface DraftStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  readonly length: number
  key(index: number): string | null
}

/** Keeps drafts in the browser's storage, one a page, so that two pages on one document do not mix. */
export class StoredDrafts implements Drafts {
  private readonly storage: DraftStorage
  private readonly page: string
  private readonly livePages: () => Promise<ReadonlySet<string>>

  constructor(options: {
    storage: DraftStorage
    page: string
    /** The pages that are open now: their drafts are theirs. */
    livePages: () => Promise<ReadonlySet<string>>
  }) {
    this.storage = options.storage
    this.page = options.page
    this.livePages = options.livePages
  }

  keep(address: DocumentAddress, draft: Draft): void {
    try {
      this.storage.setItem(prefixOf(address) + this.page, JSON.stringify(draft))
    } catch {
      // A full storage leaves the page's memory and the server, which still get every change.
    }
  }

  drop(address: DocumentAddress): void {
    this.storage.removeItem(prefixOf(address) + this.page)
  }

  async find(address: DocumentAddress): Promise<Draft | null> {
    const prefix = prefixOf(address)
    const own = this.read(prefix + this.page)
    if (own) return own
    const live = await this.livePages()
    for (const key of this.keys(prefix)) {
      if (live.has(key.slice(prefix.length))) continue
      const draft = this.read(key)
      this.storage.removeItem(key)
      if (!draft) continue
      this.keep(address, draft)
      return draft
    }
    return null
  }

  private keys(prefix: string): string[] {
    const all = Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i) ?? '')
    return all.filter(key => key.startsWith(prefix))
  }

  private read(key: string): Draft | null {
    const text = this.storage.getItem(key)
    if (text === null) return null
    try {
      const { text: body, baseEtag } = JSON.parse(text) as Partial<Draft>
      return typeof body === 'string' ? { text: body, baseEtag: baseEtag ?? '' } : null
    } catch {
      return null
    }
  }
}

function prefixOf({ kind, name }: DocumentAddress): string {
  return `millrace/draft/${kind}/${name}/`
}
