import type { DocumentList, DocumentSummary } from '../../../backend/contract/documents.ts'
import {
  type DocumentAddress,
  type DocumentClient,
  type DocumentKind,
  type DocumentVersion,
  type Replaces,
  unknownDocumentCode,
  type WriteAnswer,
} from '../api-client/document-client.ts'
import { ProblemError, unreachableProblem } from '../api-client/problem-error.ts'
import type { Draft, Drafts } from './drafts.ts'

/** The connection breaks before or after the write, or the write is refused. */
type Fault = 'fail-before' | 'fail-after' | ProblemError

/** What a server lists that has these notebooks. */
export function listOfNotebooks(names: readonly string[]): DocumentList {
  return { notebooks: names.map(summaryOf), dashboards: [] }
}

function summaryOf(name: string): DocumentSummary {
  return { name, title: name, modifiedAt: '2026-01-01T00:00:00Z' }
}

/** What a server refuses for good. */
export function refusal(code: string): ProblemError {
  const detail = `refused: ${code}`
  return new ProblemError({
    ...{ type: 'about:blank', title: code, status: 400, code, detail, retryable: false },
  })
}

/** A server in memory for tests, where no two documents share a name; `faults` are taken one a write. */
export class MemoryDocuments implements DocumentClient {
  readonly texts = new Map<string, string>()
  readonly faults: Fault[] = []
  private readonly kinds = new Map<string, DocumentKind>()

  put(name: string, text: string, kind: DocumentKind = 'notebooks'): string {
    this.kinds.set(name, kind)
    this.texts.set(name, text)
    return etagOf(text)
  }

  list(): Promise<DocumentList> {
    const of = (kind: DocumentKind) =>
      [...this.texts.keys()].filter(name => this.kinds.get(name) === kind).map(summaryOf)
    return Promise.resolve({ notebooks: of('notebooks'), dashboards: of('dashboards') })
  }

  read({ name }: DocumentAddress): Promise<DocumentVersion> {
    const text = this.texts.get(name)
    if (text === undefined) return Promise.reject(refusal(unknownDocumentCode))
    return Promise.resolve({ text, etag: etagOf(text) })
  }

  async readIfChanged(address: DocumentAddress, etag: string): Promise<DocumentVersion | null> {
    const version = await this.read(address)
    return version.etag === etag ? null : version
  }

  async write(address: DocumentAddress, text: string, replaces: Replaces): Promise<WriteAnswer> {
    const { name, kind } = address
    const fault = this.faults.shift()
    if (fault instanceof ProblemError) throw fault
    if (fault === 'fail-before') throw new ProblemError(unreachableProblem())
    const before = this.texts.get(name)
    const isFree =
      replaces === 'nothing'
        ? before === undefined
        : before !== undefined && etagOf(before) === replaces.etag
    if (!isFree) return { changed: await this.read(address) }
    const saved = this.put(name, text, kind)
    if (fault === 'fail-after') throw new ProblemError(unreachableProblem())
    return { saved }
  }

  remove({ name }: DocumentAddress): Promise<void> {
    this.texts.delete(name)
    return Promise.resolve()
  }

  async rename(address: DocumentAddress, to: string): Promise<void> {
    const { text } = await this.read(address)
    if (this.texts.has(to)) throw refusal('document-exists')
    this.put(to, text, address.kind)
    await this.remove(address)
  }
}

/** Of the text alone, as the server's is. */
function etagOf(text: string): string {
  return JSON.stringify(text)
}

export class MemoryDrafts implements Drafts {
  draft: Draft | null = null

  keep(_: DocumentAddress, draft: Draft): void {
    this.draft = draft
  }

  drop(): void {
    this.draft = null
  }

  find(): Promise<Draft | null> {
    return Promise.resolve(this.draft)
  }
}
