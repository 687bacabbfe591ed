import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { LocalFilesOptions } from './lake.ts'

export interface FileCacheOptions {
  readonly folder: string
  readonly bytesMax: number
  /** How long a file stays after its last user has let it go: statements may still read it. */
  readonly graceMs: number
  /** Brings a file here. */
  download(path: string, localFile: string): Promise<void>
}

interface CachedFile {
  readonly bytes: number
  /** Who has it; by a symbol, who waits for it and others. */
  readonly users: Set<string | symbol>
  /** When it was wanted last, in milliseconds since the epoch. */
  usedAt: number
}

const downloadsMax = 4

/**
 * Copies of files that never change, on this machine. What nobody uses goes when room is needed, least recently used
 * first; a copy never has to be compared with its original.
 */
export class FileCache {
  readonly #options: FileCacheOptions
  readonly #clock: Clock
  readonly #files = new Map<string, CachedFile>()
  readonly #arriving = new Map<string, Promise<void>>()
  #bytes = 0
  #downloads = 0
  readonly #waiting: (() => void)[] = []
  #count = 0

  private constructor(options: FileCacheOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  /** Finds what an earlier process has left. */
  static async open(options: FileCacheOptions, clock: Clock): Promise<FileCache> {
    const cache = new FileCache(options, clock)
    await rm(cache.#partsFolder, { recursive: true, force: true })
    await mkdir(cache.#partsFolder, { recursive: true })
    const entries = await readdir(options.folder, { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const { size, atimeMs } = await stat(file)
      cache.#add(file.slice(options.folder.length + 1), size, atimeMs)
    }
    return cache
  }

  /**
   * Where the files are on this machine; those that are not are brought. They stay while `user` has them: until it asks
   * for others. To ask for none always succeeds.
   * @throws Failure `lake-cache-full` when they do not fit beside what others have; `user` has what it had before
   */
  async use(
    user: string,
    paths: readonly string[],
    { bytes = 0, onHere = () => {} }: LocalFilesOptions = {},
  ): Promise<string[]> {
    const wanted = new Set(paths)
    this.#ensureRoom(user, wanted, bytes)
    const waiting = Symbol(user)
    try {
      await Promise.all(paths.map(path => this.#bring(path, waiting).then(onHere)))
      this.#give(user, wanted)
    } finally {
      for (const { users } of this.#files.values()) users.delete(waiting)
    }
    await this.#shrink()
    return paths.map(path => this.localPath(path))
  }

  /** Where a file is on this machine, once it is here. */
  localPath(path: string): string {
    return join(this.#options.folder, path)
  }

  /** Takes over a local file that has just been put into the lake. */
  async adopt(localFile: string, path: string): Promise<void> {
    const { size } = await stat(localFile)
    const target = this.localPath(path)
    await mkdir(dirname(target), { recursive: true })
    await rename(localFile, target)
    this.#add(path, size, this.#clock.now())
  }

  async remove(path: string): Promise<void> {
    const file = this.#files.get(path)
    if (file === undefined) return
    this.#files.delete(path)
    this.#bytes -= file.bytes
    await rm(this.localPath(path), { force: true })
  }

  /** Brings a file and keeps it for `user`, from now on if it is here. */
  async #bring(path: string, user: symbol): Promise<void> {
    this.#files.get(path)?.users.add(user)
    if (this.#files.has(path)) return
    const arriving =
      this.#arriving.get(path) ?? this.#download(path).finally(() => this.#arriving.delete(path))
    this.#arriving.set(path, arriving)
    await arriving
    this.#files.get(path)?.users.add(user)
  }

  #give(user: string, wanted: ReadonlySet<string>): void {
    const sizes = [...wanted].map(path => this.#files.get(path)?.bytes ?? 0)
    this.#ensureRoom(
      user,
      wanted,
      sizes.reduce((sum, size) => sum + size, 0),
    )
    for (const [path, file] of this.#files) {
      const isHad = file.users.delete(user)
      if (wanted.has(path)) file.users.add(user)
      if (isHad || wanted.has(path)) file.usedAt = this.#clock.now()
    }
  }

  /** @throws Failure `lake-cache-full` when `bytes` of wanted files do not fit beside those that others have */
  #ensureRoom(user: string, wanted: ReadonlySet<string>, bytes: number): void {
    if (wanted.size === 0) return
    let inUse = bytes
    for (const [path, { bytes: size, users }] of this.#files) {
      if (!wanted.has(path) && isInUse(users, user)) inUse += size
    }
    if (inUse > this.#options.bytesMax) throw tooSmall(inUse, this.#options.bytesMax)
  }

  async #download(path: string): Promise<void> {
    while (this.#downloads >= downloadsMax) {
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    this.#downloads++
    const part = join(this.#partsFolder, String(this.#count++))
    try {
      await this.#options.download(path, part)
      await this.adopt(part, path)
    } finally {
      await rm(part, { force: true })
      this.#downloads--
      this.#waiting.shift()?.()
    }
  }

  async #shrink(): Promise<void> {
    const { bytesMax, graceMs } = this.#options
    if (this.#bytes <= bytesMax) return
    const goneBefore = this.#clock.now() - graceMs
    for (const [path, file] of [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt)) {
      if (this.#bytes <= bytesMax || file.usedAt > goneBefore) return
      if (file.users.size === 0) await this.remove(path)
    }
  }

  #add(path: string, bytes: number, usedAt: number): void {
    this.#bytes += bytes - (this.#files.get(path)?.bytes ?? 0)
    this.#files.set(path, { bytes, users: new Set(), usedAt })
  }

  get #partsFolder(): string {
    return join(this.#options.folder, '.parts')
  }
}

/** Whether anybody but `user` has a file, and does not only wait for it. */
function isInUse(users: ReadonlySet<string | symbol>, user: string): boolean {
  return [...users].some(other => typeof other === 'string' && other !== user)
}

function tooSmall(bytes: number, bytesMax: number): Failure {
  const gigabytes = (value: number): string => (value / 2 ** 30).toFixed(1)
  return new Failure(
    'lake-cache-full',
    `The history in use takes ${gigabytes(bytes)} GB, and ${gigabytes(bytesMax)} GB of it may lie on this machine.`,
    { hint: 'Set MILLRACE_LAKE_CACHE_GB higher, or run the statement on Spark.' },
  )
}
