import { link, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { createFile, linkInto, makeFolder, replaceFile, syncFile } from '../base/durable-file.ts'
import { invariant } from '../base/invariant.ts'
import type { Lake, LakeFile } from './lake.ts'

const stagingName = '.staging'

/** The lake of the embedded profile: a folder. */
export class LocalLake implements Lake {
  readonly stagingFolder: string
  readonly localBytesMax = Number.POSITIVE_INFINITY
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.stagingFolder = join(root, stagingName)
  }

  /** What a process that was killed had staged is gone. */
  static async open(root: string): Promise<LocalLake> {
    const lake = new LocalLake(root)
    await rm(lake.stagingFolder, { recursive: true, force: true })
    await makeFolder(lake.stagingFolder)
    return lake
  }

  async putFile(localFile: string, path: string): Promise<void> {
    const target = this.#absolute(path)
    await syncFile(localFile)
    await makeFolder(dirname(target))
    const isNew = await linkInto(localFile, target)
    invariant(isNew, `the lake has no file ${path} yet`)
    await rm(localFile, { force: true })
  }

  async putIfAbsent(path: string, content: string): Promise<boolean> {
    return createFile(this.#absolute(path), content, this.stagingFolder)
  }

  async replace(path: string, content: string): Promise<void> {
    await replaceFile(this.#absolute(path), content, this.stagingFolder)
  }

  async readText(path: string): Promise<string | undefined> {
    return orUndefined(readFile(this.#absolute(path), 'utf8'))
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    const handle = await open(this.#absolute(path))
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(end - start),
        0,
        end - start,
        start,
      )
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  }

  async fetchFile(path: string, localFile: string): Promise<boolean> {
    // Files never change, so a second name is as good as a copy.
    const linked = await orUndefined(link(this.#absolute(path), localFile).then(() => true))
    return linked ?? false
  }

  async *list(folder: string): AsyncGenerator<LakeFile> {
    const entries = await orUndefined(readdir(this.#absolute(folder), { withFileTypes: true }))
    for (const entry of entries ?? []) {
      if (entry.name.startsWith('.')) continue
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        yield* this.list(path)
        continue
      }
      const found = await orUndefined(stat(this.#absolute(path)))
      if (found) yield { path, sizeBytes: found.size, modifiedAt: found.mtimeMs }
    }
  }

  async delete(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(this.#absolute(path), { force: true })
  }

  localPath(path: string): string {
    return this.#absolute(path)
  }

  async localFiles(_user: string, paths: readonly string[]): Promise<string[]> {
    return paths.map(path => this.localPath(path))
  }

  async close(): Promise<void> {}

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
