import { basename, dirname } from 'node:path'
import type { Random } from './random.ts'

class SimulatedFile {
  content: Buffer = Buffer.alloc(0)
  /** What is left when the power goes; of the rest, a part may be. */
  durable: Buffer = Buffer.alloc(0)
  /** A sync has failed: the next ones believe that there is nothing to write. */
  isTakenForSynced = false
  mtimeMs: number

  constructor(mtimeMs: number) {
    this.mtimeMs = mtimeMs
  }
}

class SimulatedFolder {
  entries = new Map<string, Entry>()
  durable = new Map<string, Entry>()
}

type Entry = SimulatedFile | SimulatedFolder

/**
 * A disk that keeps no more than it must: content that was not synced may be lost or torn when the power goes, and so may
 * each name that was given or taken since its folder was synced. Errors are those of `node:fs`.
 */
export class SimulatedDisk {
  readonly #root = new SimulatedFolder()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  create(path: string): void {
    const folder = this.#folder(dirname(path))
    if (folder.entries.has(basename(path))) throw errorOf('EEXIST', path)
    folder.entries.set(basename(path), new SimulatedFile(this.#now()))
  }

  write(path: string, content: Buffer): void {
    const file = this.#file(path)
    file.content = content
    file.mtimeMs = this.#now()
    file.isTakenForSynced = false
  }

  read(path: string): Buffer {
    return this.#file(path).content
  }

  sync(path: string): void {
    const entry = this.#entry(path)
    if (entry instanceof SimulatedFolder) entry.durable = new Map(entry.entries)
    else if (!entry.isTakenForSynced) entry.durable = entry.content
  }

  failSync(path: string): void {
    const entry = this.#entry(path)
    if (entry instanceof SimulatedFile) entry.isTakenForSynced = true
  }

  link(from: string, to: string): void {
    const file = this.#file(from)
    const folder = this.#folder(dirname(to))
    if (folder.entries.has(basename(to))) throw errorOf('EEXIST', to)
    folder.entries.set(basename(to), file)
  }

  rename(from: string, to: string): void {
    const file = this.#file(from)
    this.#folder(dirname(to)).entries.set(basename(to), file)
    this.#folder(dirname(from)).entries.delete(basename(from))
  }

  /** With all that is in it. */
  remove(path: string): void {
    const folder = this.#find(dirname(path))
    if (folder instanceof SimulatedFolder) folder.entries.delete(basename(path))
  }

  /** @returns the first folder that it made */
  makeFolder(path: string): string | undefined {
    if (this.#find(path) instanceof SimulatedFolder) return undefined
    const above = this.makeFolder(dirname(path))
    this.#folder(dirname(path)).entries.set(basename(path), new SimulatedFolder())
    return above ?? path
  }

  list(path: string): { name: string; isDirectory(): boolean }[] {
    return [...this.#folder(path).entries].map(([name, entry]) => ({
      name,
      isDirectory: () => entry instanceof SimulatedFolder,
    }))
  }

  stat(path: string): { size: number; mtimeMs: number } {
    const { content, mtimeMs } = this.#file(path)
    return { size: content.length, mtimeMs }
  }

  /** What is left is what a seed chooses of what could be. */
  losePower(random: Random): void {
    loseNames(this.#root, random)
    loseContent(this.#root, random)
  }

  #find(path: string): Entry | undefined {
    if (path === dirname(path)) return this.#root
    const folder = this.#find(dirname(path))
    return folder instanceof SimulatedFolder ? folder.entries.get(basename(path)) : undefined
  }

  #entry(path: string): Entry {
    const entry = this.#find(path)
    if (entry === undefined) throw errorOf('ENOENT', path)
    return entry
  }

  #file(path: string): SimulatedFile {
    const entry = this.#entry(path)
    if (entry instanceof SimulatedFolder) throw errorOf('EISDIR', path)
    return entry
  }

  #folder(path: string): SimulatedFolder {
    const entry = this.#entry(path)
    if (entry instanceof SimulatedFile) throw errorOf('ENOTDIR', path)
    return entry
  }
}

function loseNames(folder: SimulatedFolder, random: Random): void {
  const names = new Set([...folder.durable.keys(), ...folder.entries.keys()])
  for (const name of names) {
    const before = folder.durable.get(name)
    if (before === folder.entries.get(name) || random.chance(0.5)) continue
    if (before === undefined) folder.entries.delete(name)
    else folder.entries.set(name, before)
  }
  folder.durable = new Map(folder.entries)
  for (const entry of folder.entries.values()) {
    if (entry instanceof SimulatedFolder) loseNames(entry, random)
  }
}

function loseContent(folder: SimulatedFolder, random: Random): void {
  for (const entry of folder.entries.values()) {
    if (entry instanceof SimulatedFolder) loseContent(entry, random)
    else if (!entry.content.equals(entry.durable)) {
      const torn = entry.content.subarray(0, random.below(entry.content.length))
      entry.content = random.pick([entry.content, entry.durable, torn])
      entry.durable = entry.content
    }
  }
}

export function errorOf(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}
