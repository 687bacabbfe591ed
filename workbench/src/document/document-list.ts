import type { DocumentList, DocumentSummary } from '../../../backend/contract/documents.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type {
  DocumentAddress,
  DocumentClient,
  DocumentKind,
} from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { Store } from '../base/store.ts'
import type { DroppedFile } from '../sources/dropped-file.ts'
import type { FileStore } from '../sources/file-store.ts'
import { createDocument } from './create-document.ts'

export interface ListView {
  /** Null until the server has answered once. */
  readonly list: DocumentList | null
  readonly problem: Problem | null
}

/** A document that was deleted, with what it takes to bring it back. */
export interface DeletedDocument {
  readonly address: DocumentAddress
  readonly text: string
  readonly files: readonly DroppedFile[]
}

/** Which documents there are, and what is done to them as a whole: the files of this browser go with their notebook. */
export class Documents {
  readonly view = new Store<ListView>({ list: null, problem: null })
  private readonly client: DocumentClient
  private readonly files: FileStore
  private asked = 0

  constructor(client: DocumentClient, files: FileStore) {
    this.client = client
    this.files = files
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
    // One of the same name may have been deleted elsewhere: its files are none of the new one's.
    if (kind === 'notebooks') await isDone(this.files.removeAll(name))
    void this.refresh()
    return name
  }

  async remove(address: DocumentAddress): Promise<DeletedDocument> {
    const { text, etag } = await this.client.read(address)
    const files = await this.filesOf(address)
    await this.client.remove(address, etag)
    if (files.length > 0) await isDone(this.files.removeAll(address.name))
    await this.refresh()
    return { address, text, files }
  }

  /** Brings a deleted document back, under another name when its own is taken by now; tells whether with its files. */
  async restore(deleted: DeletedDocument): Promise<{ name: string; hasFiles: boolean }> {
    const { address, text, files } = deleted
    const name = await createDocument(this.client, address.name, { kind: address.kind, text })
    const hasFiles = await isDone(Promise.all(files.map(file => this.files.put(name, file))))
    await this.refresh()
    return { name, hasFiles }
  }

  /** Tells whether its files have the new name, too. */
  async rename(address: DocumentAddress, to: string): Promise<{ hasFiles: boolean }> {
    const files = await this.filesOf(address)
    await this.client.rename(address, to)
    const isMoved =
      address.kind === 'notebooks' && (await isDone(this.files.rename(address.name, to)))
    await this.refresh()
    return { hasFiles: isMoved || files.length === 0 }
  }

  private async filesOf({ kind, name }: DocumentAddress): Promise<readonly DroppedFile[]> {
    return kind === 'notebooks' ? await this.files.list(name).catch(() => []) : []
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

function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
