import type { DocumentList } from '../../../backend/contract/documents.ts'
import { type HttpClient, jsonBody } from './http-client.ts'
import { ProblemError } from './problem-error.ts'

/** The code of the answer that there is no document of a name. */
export const unknownDocumentCode = 'unknown-document'

export type DocumentKind = 'notebooks' | 'dashboards'

export interface DocumentAddress {
  readonly kind: DocumentKind
  readonly name: string
}

/** A version of a document: its text and the tag that names it. */
export interface DocumentVersion {
  readonly text: string
  readonly etag: string
}

/** Which version a write replaces: one by its tag, or none. */
export type Replaces = { etag: string } | 'nothing'

export type WriteAnswer = { saved: string } | { changed: DocumentVersion }

/** Reads and writes the notebooks and dashboards that the server owns. */
export interface DocumentClient {
  list(): Promise<DocumentList>
  read(address: DocumentAddress): Promise<DocumentVersion>
  /** Like `read`, but null when the version is still the one of the tag. */
  readIfChanged(address: DocumentAddress, etag: string): Promise<DocumentVersion | null>
  write(address: DocumentAddress, text: string, replaces: Replaces): Promise<WriteAnswer>
  remove(address: DocumentAddress, etag: string): Promise<void>
  rename(address: DocumentAddress, to: string): Promise<void>
}

const contentTypes = { notebooks: 'text/markdown', dashboards: 'application/json' }

export class HttpDocumentClient implements DocumentClient {
  private readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  list(): Promise<DocumentList> {
    return this.http.json('/api/documents')
  }

  async read(address: DocumentAddress): Promise<DocumentVersion> {
    return versionOf(await this.http.send(pathOf(address), { cache: 'no-store' }))
  }

  async readIfChanged(address: DocumentAddress, etag: string): Promise<DocumentVersion | null> {
    const init: RequestInit = { headers: { 'if-none-match': etag }, cache: 'no-store' }
    const response = await this.http.send(pathOf(address), init, [304])
    return response.status === 304 ? null : versionOf(response)
  }

  async write(address: DocumentAddress, text: string, replaces: Replaces): Promise<WriteAnswer> {
    const condition =
      replaces === 'nothing' ? { 'if-none-match': '*' } : { 'if-match': replaces.etag }
    const headers = { 'content-type': contentTypes[address.kind], ...condition }
    try {
      const init = { method: 'PUT', headers, body: text }
      return { saved: etagOf(await this.http.send(pathOf(address), init)) }
    } catch (error) {
      const changed = changedVersion(error)
      if (changed) return { changed }
      throw error
    }
  }

  async remove(address: DocumentAddress, etag: string): Promise<void> {
    await this.http.send(pathOf(address), { method: 'DELETE', headers: { 'if-match': etag } })
  }

  async rename(address: DocumentAddress, to: string): Promise<void> {
    await this.http.send(`${pathOf(address)}/rename`, jsonBody({ to }))
  }
}

function pathOf({ kind, name }: DocumentAddress): string {
  return `/api/${kind}/${encodeURIComponent(name)}`
}

async function versionOf(response: Response): Promise<DocumentVersion> {
  // Not text(): it would take a byte order mark away.
  const bytes = await response.arrayBuffer()
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return { text, etag: etagOf(response) }
}

function etagOf(response: Response): string {
  return response.headers.get('etag') ?? ''
}

function changedVersion(error: unknown): DocumentVersion | null {
  if (!(error instanceof ProblemError) || error.problem.code !== 'document-changed') return null
  const { text, etag } = error.problem as { text?: unknown; etag?: unknown }
  return typeof text === 'string' && typeof etag === 'string' ? { text, etag } : null
}
