import type { DocumentList } from '../../../backend/contract/documents.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type {
  DocumentAddress,
  DocumentClient,
  DocumentVersion,
  Replaces,
  WriteAnswer,
} from '../api-client/document-client.ts'
import { ProblemError, unreachableProblem } from '../api-client/problem-error.ts'
import type { Draft, Drafts } from './drafts.ts'

type Fault = 'fail-before' | 'fail-after' | 'refuse'

/** What the server says of a write that is of no use to repeat. */
function refused(code: 'unknown-document' | 'document-unwritable'): Problem {
  const detail = 'It cannot be done.'
  return { type: 'about:blank', title: code, status: 404, code, detail, retryable: false }
}

/** What a server lists that has these notebooks. */
export function listOfNotebooks(names: readonly string[]): DocumentList {
  const modifiedAt = '2026-01-01T00:00:00Z'
  return { notebooks: names.map(name => ({ name, title: name, modifiedAt })), dashboards: [] }
}

/** A server in memory for tests; `faults` are taken one a write. */
export class MemoryDocuments implements DocumentClient {
  readonly texts = new Map<string, string>()
  readonly faults: Fault[] = []
  private count = 0
  private readonly etags = new Map<string, string>()

  put(name: string, text: string): string {
    this.count += 1
    const etag = `"${this.count}"`
    this.texts.set(name, text)
    this.etags.set(name, etag)
    return etag
  }

  list(): Promise<DocumentList> {
    return Promise.resolve(listOfNotebooks([...this.texts.keys()]))
  }

  read({ name }: DocumentAddress): Promise<DocumentVersion> {
    const text = this.texts.get(name)
    if (text === undefined) return Promise.reject(new ProblemError(refused('unknown-document')))
    return Promise.resolve({ text, etag: this.etags.get(name) ?? '' })
  }

  async readIfChanged(address: DocumentAddress, etag: string): Promise<DocumentVersion | null> {
    const version = await this.read(address)
    return version.etag === etag ? null : version
  }

  async write({ name }: DocumentAddress, text: string, replaces: Replaces): Promise<WriteAnswer> {
    const fault = this.faults.shift()
    if (fault === 'refuse') throw new ProblemError(refused('document-unwritable'))
    if (fault === 'fail-before') throw new ProblemError(unreachableProblem())
    const etag = this.etags.get(name)
    const isFree = replaces === 'nothing' ? etag === undefined : etag === replaces.etag
    if (!isFree) return { changed: await this.read({ kind: 'notebooks', name }) }
    const saved = this.put(name, text)
    if (fault === 'fail-after') throw new ProblemError(unreachableProblem())
    return { saved }
  }

  remove({ name }: DocumentAddress): Promise<void> {
    this.texts.delete(name)
    this.etags.delete(name)
    return Promise.resolve()
  }

  async rename(address: DocumentAddress, to: string): Promise<void> {
    this.put(to, (await this.read(address)).text)
    await this.remove(address)
  }
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
