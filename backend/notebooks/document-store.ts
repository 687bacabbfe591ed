import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { createFile, linkInto, replaceFile } from '../base/durable-file.ts'
import { Failure, messageOf, storageFailure } from '../base/failure.ts'
import { DocumentName, type DocumentSummary } from '../contract/documents.ts'
import type { DocumentFacts, DocumentKind } from './document-kind.ts'

export interface DocumentVersion {
  readonly text: string
  /** A strong entity tag, with its quotes: of the bytes alone. */
  readonly etag: string
}

/** Which version a write is to replace: one by its tag, or none at all. */
export type Replaces = { readonly etag: string } | 'nothing'

const documentBytesMax = 8 * 2 ** 20
const documentName = Compile(DocumentName)
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The documents of one kind in a folder: plain files, which others may edit too. */
export class DocumentStore {
  readonly kind: DocumentKind
  readonly #folder: string
  /** Document → the last change to it that is under way. */
  readonly #changes = new Map<string, Promise<unknown>>()

  constructor(folder: string, kind: DocumentKind) {
    this.#folder = folder
    this.kind = kind
  }

  /** All documents by their names; what cannot be read as one is told with each. */
  async list(): Promise<DocumentSummary[]> {
    const names = (await this.#files()).filter(file => file.endsWith(this.kind.ending))
    const summaries = names.map(file => this.#summary(file.slice(0, -this.kind.ending.length)))
    const present = (await Promise.all(summaries)).filter(summary => summary !== undefined)
    return present.sort((a, b) => a.title.localeCompare(b.title))
  }

  /** @throws Failure `unknown-document`, or `document-unreadable` when it is no UTF-8 text */
  async read(name: string): Promise<DocumentVersion> {
    const bytes = await this.#bytes(name)
    if (bytes === undefined) throw this.#unknown(name)
    return { text: this.#decode(name, bytes), etag: etagOf(bytes) }
  }

  /**
   * Writes a document if it still is what the writer has seen.
   * @returns the tag of the new version
   * @throws Failure `document-changed` with the `text` and `etag` that are there, `document-exists` when one was to be
   *   new, `document-unreadable` when the text is not of this kind
   */
  async write(name: string, text: string, replaces: Replaces): Promise<string> {
    this.#check(text)
    const bytes = Buffer.from(text)
    return this.#alone(name, async () => {
      if (replaces === 'nothing') {
        if (await createFile(this.#path(name), bytes)) return etagOf(bytes)
        throw await this.#changed(name)
      }
      const before = await this.#bytes(name)
      if (before === undefined) throw this.#unknown(name)
      if (etagOf(before) !== replaces.etag) throw await this.#changed(name)
      await replaceFile(this.#path(name), bytes)
      return etagOf(bytes)
    })
  }

  /** @throws Failure as `write` does */
  async remove(name: string, etag: string): Promise<void> {
    await this.#alone(name, async () => {
      const before = await this.#bytes(name)
      if (before === undefined) throw this.#unknown(name)
      if (etagOf(before) !== etag) throw await this.#changed(name)
      await rm(this.#path(name))
    })
  }

  /** @throws Failure `document-exists` when the new name is taken */
  async rename(name: string, to: string): Promise<void> {
    await this.#alone(name, async () => {
      if ((await this.#bytes(name)) === undefined) throw this.#unknown(name)
      if (name.toLowerCase() === to.toLowerCase()) await rename(this.#path(name), this.#path(to))
      else if (await linkInto(this.#path(name), this.#path(to))) await rm(this.#path(name))
      else throw this.#exists(to)
    })
  }

  async #summary(name: string): Promise<DocumentSummary | undefined> {
    const info = await stat(this.#path(name)).catch(() => undefined)
    if (!info?.isFile()) return undefined
    const modifiedAt = info.mtime.toISOString()
    if (!documentName.Check(name)) {
      const problem = 'The name of the file is to hold letters, digits, - and _ only.'
      return { name, title: name, modifiedAt, problem }
    }
    try {
      const { title, isLive, problem } = await this.#facts(name)
      return { name, title: title ?? name, modifiedAt, isLive, ...(problem ? { problem } : {}) }
    } catch (error) {
      return { name, title: name, modifiedAt, problem: messageOf(error) }
    }
  }

  async #facts(name: string): Promise<DocumentFacts> {
    return this.kind.read((await this.read(name)).text)
  }

  async #files(): Promise<string[]> {
    try {
      return await readdir(this.#folder)
    } catch (error) {
      if (isAbsent(error)) return []
      throw storageFailure(error, `reading ${this.#folder}`)
    }
  }

  async #bytes(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(name))
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw new Failure(
        'document-unreadable',
        `The ${this.kind.noun} "${name}" cannot be read: ${messageOf(error)}.`,
      )
    }
  }

  #decode(name: string, bytes: Buffer): string {
    try {
      return strictUtf8.decode(bytes)
    } catch {
      throw new Failure(
        'document-unreadable',
        `The ${this.kind.noun} "${name}" is no UTF-8 text.`,
        {
          hint: 'Its file is left as it is: convert it with an editor.',
        },
      )
    }
  }

  #check(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (bytes > documentBytesMax) {
      const limit = `${documentBytesMax / 2 ** 20} MB`
      throw new Failure('payload-too-large', `A ${this.kind.noun} can have ${limit} at most.`)
    }
    if (this.kind.acceptsProblems) return
    const { problem } = this.kind.read(text)
    if (problem) throw new Failure('document-unreadable', problem)
  }

  #path(name: string): string {
    if (!documentName.Check(name)) throw this.#unknown(name)
    return join(this.#folder, name + this.kind.ending)
  }

  /** Changes of one document happen one after the other. */
  async #alone<T>(name: string, change: () => Promise<T>): Promise<T> {
    const key = name.toLowerCase()
    const before = this.#changes.get(key) ?? Promise.resolve()
    const run = before.catch(() => {}).then(change)
    this.#changes.set(key, run)
    try {
      return await run
    } finally {
      if (this.#changes.get(key) === run) this.#changes.delete(key)
    }
  }

  async #changed(name: string): Promise<Failure> {
    const { text, etag } = await this.read(name)
    return new Failure(
      'document-changed',
      `The ${this.kind.noun} "${name}" was changed meanwhile.`,
      {
        hint: 'Nothing was overwritten. Look at both versions and keep what you need.',
        extra: { text, etag },
      },
    )
  }

  #unknown(name: string): Failure {
    return new Failure('unknown-document', `There is no ${this.kind.noun} "${name}".`)
  }

  #exists(name: string): Failure {
    return new Failure('document-exists', `There is a ${this.kind.noun} "${name}" already.`, {
      hint: 'Choose another name.',
    })
  }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
