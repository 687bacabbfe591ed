import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { Writable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { Failure, messageOf } from '../base/failure.ts'
import { invariant } from '../base/invariant.ts'
import { fileChecksum } from './checksum.ts'
import { FileCache } from './file-cache.ts'
import { HdfsAway, HdfsClient, type HdfsConnection, HdfsRefusal, isRefusal } from './hdfs-client.ts'
import type { Lake, LakeFile, LocalFilesOptions } from './lake.ts'

export interface HdfsLakeOptions extends HdfsConnection {
  /** The folder in HDFS that holds the tables. */
  readonly root: string
  /** Where copies of files lie on this machine, and how many bytes of them. */
  readonly cacheFolder: string
  readonly cacheBytesMax: number
  /** How long a statement may go on reading a copy that nothing else needs any more. */
  readonly cacheGraceMs: number
}

const asideFolder = '.staging'
/** Nothing is under way for so long. */
const asideMsMax = 86_400_000
const attemptsMax = 4
const firstPauseMs = 200

/**
 * The lake of the cluster profile: a folder of HDFS, by WebHDFS. Every file is written aside and renamed into place: a
 * DataNode that dies under an upload leaves an empty file behind, which nobody sees there.
 */
export class HdfsLake implements Lake {
  readonly stagingFolder: string
  readonly localBytesMax: number
  readonly #client: HdfsClient
  readonly #cache: FileCache
  readonly #root: string
  readonly #clock: Clock
  readonly #folders = new Set<string>()

  private constructor(
    options: HdfsLakeOptions,
    client: HdfsClient,
    cache: FileCache,
    clock: Clock,
  ) {
    this.stagingFolder = join(options.cacheFolder, '.building')
    this.localBytesMax = options.cacheBytesMax
    this.#client = client
    this.#cache = cache
    this.#root = options.root
    this.#clock = clock
  }

  static async open(options: HdfsLakeOptions, clock: Clock): Promise<HdfsLake> {
    const client = new HdfsClient(options)
    const building = join(options.cacheFolder, '.building')
    await rm(building, { recursive: true, force: true })
    await mkdir(building, { recursive: true })
    const cache = await FileCache.open(
      {
        folder: join(options.cacheFolder, 'files'),
        bytesMax: options.cacheBytesMax,
        graceMs: options.cacheGraceMs,
        download: (path, localFile) => lake.#download(path, localFile),
      },
      clock,
    )
    const lake = new HdfsLake(options, client, cache, clock)
    // An HDFS that is away is met again at the first read.
    await lake.#freeAside().catch(() => {})
    return lake
  }

  async putFile(localFile: string, path: string): Promise<void> {
    const { size } = await stat(localFile)
    const isNew = await this.#putAside(path, () => createReadStream(localFile), size, false)
    invariant(isNew, `the lake has no file ${path} yet`)
    await this.#cache.adopt(localFile, path)
  }

  async putIfAbsent(path: string, content: string): Promise<boolean> {
    const bytes = Buffer.from(content)
    return this.#putAside(path, bytes, bytes.length, false)
  }

  async replace(path: string, content: string): Promise<void> {
    const bytes = Buffer.from(content)
    await this.#putAside(path, bytes, bytes.length, true)
  }

  async readText(path: string): Promise<string | undefined> {
    return this.#patiently(() => this.#client.readText(this.#absolute(path)))
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    return this.#patiently(async () => {
      const parts: Buffer[] = []
      const target = new Writable({
        write(part, _encoding, done) {
          parts.push(part)
          done()
        },
      })
      await this.#client.read(this.#absolute(path), target, { offset: start, length: end - start })
      return Buffer.concat(parts)
    })
  }

  async fetchFile(path: string, localFile: string): Promise<boolean> {
    if (!(await this.#isThere(path))) return false
    try {
      await this.#download(path, localFile)
      return true
    } catch (error) {
      // The package tells a file that has gone meanwhile like a server that is away.
      if (!(await this.#isThere(path))) return false
      throw error
    }
  }

  async *list(folder: string): AsyncGenerator<LakeFile> {
    const found = await this.#patiently(() => this.#client.list(this.#absolute(folder)))
    for (const { pathSuffix, type, length, modificationTime } of found ?? []) {
      if (pathSuffix.startsWith('.')) continue
      const path = `${folder}/${pathSuffix}`
      if (type === 'DIRECTORY') yield* this.list(path)
      else yield { path, sizeBytes: length, modifiedAt: modificationTime }
    }
  }

  async delete(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await this.#patiently(() => this.#client.delete(this.#absolute(path)))
      await this.#cache.remove(path)
    }
  }

  localChecksum(localFile: string): Promise<string> {
    return fileChecksum(localFile)
  }

  localPath(path: string): string {
    return this.#cache.localPath(path)
  }

  localFiles(
    user: string,
    paths: readonly string[],
    options?: LocalFilesOptions,
  ): Promise<string[]> {
    return this.#cache.use(user, paths, options)
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  /** @returns false when there is something of that name, and `overwrite` is not allowed */
  async #putAside(
    path: string,
    body: Buffer | (() => ReturnType<typeof createReadStream>),
    size: number,
    overwrite: boolean,
  ): Promise<boolean> {
    const target = this.#absolute(path)
    await this.#makeFolder(dirname(target))
    const aside = await this.#patiently(async () => {
      const name = posix.join(this.#root, asideFolder, `${randomUUID()}-${basename(path)}`)
      await this.#client.create(name, body, size)
      return name
    })
    try {
      return await this.#patiently(attempt => this.#rename(aside, target, { overwrite, attempt }))
    } finally {
      // Gone when it was renamed; if HDFS is away, a start finds it a day later.
      await this.#client.delete(aside).catch(() => {})
    }
  }

  /** What processes that were killed had written aside. */
  async #freeAside(): Promise<void> {
    const folder = posix.join(this.#root, asideFolder)
    const before = this.#clock.now() - asideMsMax
    for (const { pathSuffix, modificationTime } of (await this.#client.list(folder)) ?? []) {
      if (modificationTime < before) await this.#client.delete(posix.join(folder, pathSuffix))
    }
  }

  async #rename(
    from: string,
    to: string,
    { overwrite, attempt }: { overwrite: boolean; attempt: number },
  ): Promise<boolean> {
    try {
      return await this.#client.rename(from, to, { overwrite })
    } catch (error) {
      // An earlier attempt whose answer was lost has done it: nobody else knows the name `from`.
      if (attempt > 1 && isRefusal(error, 'FileNotFoundException')) return true
      throw error
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return
    await this.#patiently(() => this.#client.makeFolder(folder))
    this.#folders.add(folder)
  }

  async #isThere(path: string): Promise<boolean> {
    const found = await this.#patiently(() => this.#client.list(this.#absolute(path)))
    return found !== undefined
  }

  async #download(path: string, localFile: string): Promise<void> {
    await this.#patiently(() =>
      this.#client.read(this.#absolute(path), createWriteStream(localFile)),
    )
  }

  /** Tries again while HDFS is away, or in safe mode after its start. */
  async #patiently<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt)
      } catch (error) {
        const mayPass = error instanceof HdfsAway || isPassing(error)
        if (!mayPass) throw isNotLetIn(error) ? notLetIn(error) : error
        if (attempt >= attemptsMax) throw unavailable(error)
        await this.#clock.sleep(firstPauseMs * 2 ** attempt)
      }
    }
  }

  #absolute(path: string): string {
    const absolute = posix.join(this.#root, path)
    invariant(absolute.startsWith(`${this.#root}/`), `${path} lies in the lake`)
    return absolute
  }
}

const passing = ['SafeModeException', 'RetriableException', 'StandbyException', 'IOException']

function isPassing(error: unknown): boolean {
  return error instanceof HdfsRefusal && passing.includes(error.exception ?? '')
}

function isNotLetIn(error: unknown): error is HdfsRefusal {
  return error instanceof HdfsRefusal && (error.status === 401 || error.status === 403)
}

function notLetIn(error: HdfsRefusal): Failure {
  return new Failure('lake-unavailable', `HDFS does not let Millrace in: ${error.message}`, {
    hint: 'Check MILLRACE_HDFS_USER, MILLRACE_HDFS_DELEGATION_TOKEN and MILLRACE_HDFS_AUTHORIZATION, and who may use MILLRACE_HDFS_ROOT.',
    cause: error,
  })
}

function unavailable(error: unknown): Failure {
  return new Failure('lake-unavailable', `HDFS does not answer: ${messageOf(error)}`, {
    hint: 'Millrace goes on by itself when HDFS is back.',
    cause: error,
  })
}
