import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { createFile, linkInto, replaceFile } from '../base/durable-file.ts'
import { Failure, messageOf } from '../base/failure.ts'
import { DocumentName, type DocumentSummary } from '../contract/documents.ts'
import {
  changedMeanwhile,
  type Named,
  noUtf8,
  takenName,
  unknownDocument,
  unreadable,
  unreadableFolder,
  unwritable,
} from './document-failures.ts'
import type { DocumentFacts, DocumentKind } from './document-kind.ts'
import { textOf } from './utf8-text.ts'

export interface DocumentVersion {
  readonly text: string
  /** A strong entity tag, with its quotes: of the bytes alone. */
  readonly etag: string
}

/** Which version a write is to replace: one by its tag, or none at all. */
export type Replaces = { readonly etag: string } | 'nothing'

const documentBytesMax = 8 * 2 ** 20
const documentName = Compile(DocumentName)

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
    if (bytes === undefined) throw unknownDocument(this.#named(name))
    const text = textOf(bytes)
    if (text === undefined) throw noUtf8(this.#named(name))
    return { text, etag: etagOf(bytes) }
  }

  /**
   * Writes a document if it still is what the writer has seen.
   * @returns the tag of the new version
   * @throws Failure `document-changed` with the `text` and `etag` that are there, also when one was to be new,
   *   `document-unreadable` when the text is not of this kind, `document-unwritable` when the folder refuses it
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
      if (before === undefined) throw unknownDocument(this.#named(name))
      if (etagOf(before) !== replaces.etag) throw await this.#changed(name)
      await replaceFile(this.#path(name), bytes)
      return etagOf(bytes)
    })
  }

  /** @throws Failure as `write` does */
  async remove(name: string, etag: string): Promise<void> {
    await this.#alone(name, async () => {
      const before = await this.#bytes(name)
      if (before === undefined) throw unknownDocument(this.#named(name))
      if (etagOf(before) !== etag) throw await this.#changed(name)
      await rm(this.#path(name))
    })
  }

  /** @throws Failure `document-exists` when the new name is taken */
  async rename(name: string, to: string): Promise<void> {
    await this.#alone(name, async () => {
      if ((await this.#bytes(name)) === undefined) throw unknownDocument(this.#named(name))
      if (name === to) return
      if (name.toLowerCase() === to.toLowerCase()) await this.#changeCase(name, to)
      else if (await linkInto(this.#path(name), this.#path(to))) await rm(this.#path(name))
      else throw takenName(this.#named(to))
    })
  }

  /** Where case does not count in names, a second link would be refused as the file itself. */
  async #changeCase(name: string, to: string): Promise<void> {
    if ((await this.#files()).includes(to + this.kind.ending)) throw takenName(this.#named(to))
    await rename(this.#path(name), this.#path(to))
  }

  async #summary(name: string): Promise<DocumentSummary | undefined> {
    const info = await stat(join(this.#folder, name + this.kind.ending)).catch(() => undefined)
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
      throw unreadableFolder(error)
    }
  }

  async #bytes(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(name))
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw unreadable(this.#named(name), error)
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
    if (!documentName.Check(name)) throw unknownDocument(this.#named(name))
    return join(this.#folder, name + this.kind.ending)
  }

  /** Changes of one document happen one after the other. */
  async #alone<T>(name: string, change: () => Promise<T>): Promise<T> {
    const key = name.toLowerCase()
    const before = this.#changes.get(key) ?? Promise.resolve()
    const run = before
      .catch(() => {})
      .then(change)
      .catch(error => {
        throw unwritable(this.#named(name), error)
      })
    this.#changes.set(key, run)
    try {
      return await run
    } finally {
      if (this.#changes.get(key) === run) this.#changes.delete(key)
    }
  }

  async #changed(name: string): Promise<Failure> {
    return changedMeanwhile(this.#named(name), await this.read(name))
  }

  #named(name: string): Named {
    return { noun: this.kind.noun, name }
  }
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
