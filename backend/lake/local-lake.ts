import { dirname, join, relative, sep } from 'node:path'
import {
  createFile,
  linkInto,
  makeFolder,
  replaceFile,
  syncFile,
  syncFolders,
} from '../base/durable-file.ts'
import { type Files, nodeFiles } from '../base/files.ts'
import { invariant } from '../base/invariant.ts'
import { fileChecksum } from './checksum.ts'
import type { Lake, LakeFile, LocalFilesOptions } from './lake.ts'

const stagingName = '.staging'

/** The lake of the embedded profile: a folder. */
export class LocalLake implements Lake {
  readonly stagingFolder: string
  readonly localBytesMax = Number.POSITIVE_INFINITY
  readonly #root: string
  readonly #files: Files
  /** A write has failed: names may be there that were not synced, and others may build on what they see. */
  #isInDoubt = false

  private constructor(root: string, files: Files) {
    this.#root = root
    this.#files = files
    this.stagingFolder = join(root, stagingName)
  }

  /** What a process that was killed had staged is gone. */
  static async open(root: string, files = nodeFiles): Promise<LocalLake> {
    const lake = new LocalLake(root, files)
    await files.rm(lake.stagingFolder, { recursive: true, force: true })
    await makeFolder(lake.stagingFolder, files)
    await syncFolders(root, files)
    return lake
  }

  /** Small files are written where the next start cleans up. */
  get #aside() {
    return { files: this.#files, asideFolder: this.stagingFolder }
  }

  async putFile(localFile: string, path: string): Promise<void> {
    const target = this.#absolute(path)
    const isNew = await this.#write(async () => {
      await syncFile(localFile, this.#files)
      await makeFolder(dirname(target), this.#files)
      return linkInto(localFile, target, this.#files)
    })
    invariant(isNew, `the lake has no file ${path} yet`)
    await this.#files.rm(localFile, { force: true })
  }

  async putIfAbsent(path: string, content: string): Promise<boolean> {
    const target = this.#absolute(path)
    return this.#write(() => createFile(target, content, this.#aside))
  }

  async replace(path: string, content: string): Promise<void> {
    const target = this.#absolute(path)
    await this.#write(() => replaceFile(target, content, this.#aside))
  }

  async readText(path: string): Promise<string | undefined> {
    const bytes = await orUndefined(this.#files.readFile(this.#absolute(path)))
    return bytes?.toString('utf8')
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    const handle = await this.#files.open(this.#absolute(path), 'r')
    try {
      const buffer = Buffer.alloc(end - start)
      for (let at = 0; at < buffer.length; ) {
        const { bytesRead } = await handle.read(buffer, at, buffer.length - at, start + at)
        if (bytesRead === 0) return buffer.subarray(0, at)
        at += bytesRead
      }
      return buffer
    } finally {
      await handle.close()
    }
  }

  async fetchFile(path: string, localFile: string): Promise<boolean> {
    // Files never change, so a second name is as good as a copy.
    const linked = await orUndefined(
      this.#files.link(this.#absolute(path), localFile).then(() => true),
    )
    return linked ?? false
  }

  async *list(folder: string): AsyncGenerator<LakeFile> {
    const reading = this.#files.readdir(this.#absolute(folder), { withFileTypes: true })
    const entries = await orUndefined(reading)
    for (const entry of entries ?? []) {
      if (entry.name.startsWith('.')) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        yield* this.list(path)
        continue
      }
      const found = await orUndefined(this.#files.stat(this.#absolute(path)))
      if (found) yield { path, sizeBytes: found.size, modifiedAt: found.mtimeMs }
    }
  }

  async delete(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#files.rm(this.#absolute(path), { force: true })
  }

  localChecksum(localFile: string): Promise<string> {
    return fileChecksum(localFile, this.#files)
  }

  localPath(path: string): string {
    return this.#absolute(path)
  }

  async localFiles(
    _user: string,
    paths: readonly string[],
    { onHere = () => {} }: LocalFilesOptions = {},
  ): Promise<string[]> {
    return paths.map(path => {
      onHere()
      return this.localPath(path)
    })
  }

  async close(): Promise<void> {}

  /** Writes only on what is synced. */
  async #write<T>(work: () => Promise<T>): Promise<T> {
    const wasInDoubt = this.#isInDoubt
    this.#isInDoubt = false
    try {
      if (wasInDoubt) await syncFolders(this.#root, this.#files)
      return await work()
    } catch (error) {
      this.#isInDoubt = true
      throw error
    }
  }

  #absolute(path: string): string {
    const absolute = join(this.#root, path)
    const inside = relative(this.#root, absolute)
    invariant(!inside.startsWith(`..${sep}`) && inside !== '..', `${path} lies in the lake`)
    return absolute
  }
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
