import type { DocumentList, DocumentSummary } from '../../../backend/contract/documents.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type {
  DocumentAddress,
  DocumentClient,
  DocumentKind,
  DocumentVersion,
} from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { Store } from '../base/store.ts'
import { createDocument } from './open-document.ts'

export interface ListView {
  /** Null until the server has answered once. */
  readonly list: DocumentList | null
  readonly problem: Problem | null
}

/** Which documents there are, and what is done to them as a whole. */
export class Documents {
  readonly view = new Store<ListView>({ list: null, problem: null })
  private readonly client: DocumentClient
  private asked = 0

  constructor(client: DocumentClient) {
    this.client = client
  }

  /** Asks for the list; what it was asked for before no longer counts. */
  async refresh(): Promise<void> {
    const asked = ++this.asked
    const isNewest = (): boolean => asked === this.asked
    try {
      const list = await this.client.list()
      if (isNewest()) this.view.set({ list, problem: null })
    } catch (error) {
      if (isNewest()) this.view.update(view => ({ ...view, problem: problemOf(error) }))
    }
  }

  /** Creates a document under a free name like its title, and gives that name; the list follows. */
  async create(kind: DocumentKind, title: string, text: string): Promise<string> {
    const taken = new Set(this.summaries(kind).map(summary => summary.name))
    const name = await createDocument(this.client, nameFor(title, kind), { kind, text }, taken)
    void this.refresh()
    return name
  }

  /** Deletes a document and gives what is needed to bring it back. */
  async remove(address: DocumentAddress): Promise<DocumentVersion> {
    const version = await this.client.read(address)
    await this.client.remove(address, version.etag)
    await this.refresh()
    return version
  }

  async restore(address: DocumentAddress, text: string): Promise<void> {
    await this.client.write(address, text, 'nothing')
    await this.refresh()
  }

  async rename(address: DocumentAddress, to: string): Promise<void> {
    await this.client.rename(address, to)
    await this.refresh()
  }

  summaries(kind: DocumentKind): readonly DocumentSummary[] {
    return this.view.get().list?.[kind] ?? []
  }
}

/** A file name for a title: letters, digits and dashes. */
export function nameFor(title: string, kind: DocumentKind): string {
  const plain = title.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  const name = plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80)
  return name || kind.slice(0, -1)
}
