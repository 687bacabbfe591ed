import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { storageFailure } from './failure.ts'
import { type Files, nodeFiles, type OpenFile } from './files.ts'

/** How a file is written. */
export interface WriteSettings {
  readonly files?: Files
  /** Where it is written first, on the same file system; beside its place by itself. */
  readonly asideFolder?: string
}

/** Writes a file aside, syncs it, and renames it into place: a reader sees the old or the new content, whole. */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  { files = nodeFiles, asideFolder = dirname(path) }: WriteSettings = {},
): Promise<void> {
  const aside = await writeAside(asideFolder, content, files)
  try {
    await files.rename(aside, path)
    await syncFolder(dirname(path), files)
  } catch (error) {
    await files.rm(aside, { force: true })
    throw storageFailure(error, `writing ${path}`)
  }
}

/** Like `replaceFile`, but only if nothing is there; answers whether it wrote. */
export async function createFile(
  path: string,
  content: string | Buffer,
  { files = nodeFiles, asideFolder = dirname(path) }: WriteSettings = {},
): Promise<boolean> {
  await makeFolder(dirname(path), files)
  const aside = await writeAside(asideFolder, content, files)
  try {
    return await linkInto(aside, path, files)
  } finally {
    await files.rm(aside, { force: true })
  }
}

/** Gives a synced file a second name that must be new; answers whether it was. */
export async function linkInto(from: string, to: string, files = nodeFiles): Promise<boolean> {
  try {
    await files.link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw storageFailure(error, `writing ${to}`)
  }
  await syncFolder(dirname(to), files)
  return true
}

export async function syncFile(path: string, files = nodeFiles): Promise<void> {
  await withHandle(files, path, 'r+', handle => handle.sync())
}

/** Makes a folder and the ones above it, each synced into its parent. */
export async function makeFolder(folder: string, files = nodeFiles): Promise<void> {
  const first = await files.mkdir(folder, { recursive: true }).catch(error => {
    throw storageFailure(error, `making ${folder}`)
  })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made), files)
  }
}

/** Makes a folder's name durable and all that are below it: also those that a killed process gave and did not sync. */
export async function syncFolders(folder: string, files = nodeFiles): Promise<void> {
  await syncFolder(dirname(folder), files)
  await syncNames(folder, files)
}

async function syncNames(folder: string, files: Files): Promise<void> {
  await syncFolder(folder, files)
  for (const entry of await files.readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncNames(join(folder, entry.name), files)
  }
}

async function syncFolder(folder: string, files: Files): Promise<void> {
  await withHandle(files, folder, 'r', handle => handle.sync())
}

async function writeAside(folder: string, content: string | Buffer, files: Files): Promise<string> {
  const aside = join(folder, `.${randomUUID()}.tmp`)
  try {
    await withHandle(files, aside, 'wx', async handle => {
      await handle.writeFile(content)
      await handle.sync()
    })
    return aside
  } catch (error) {
    await files.rm(aside, { force: true })
    throw error
  }
}

async function withHandle(
  files: Files,
  path: string,
  flags: 'r' | 'r+' | 'wx',
  use: (handle: OpenFile) => Promise<void>,
): Promise<void> {
  try {
    const handle = await files.open(path, flags)
    try {
      await use(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw storageFailure(error, `writing ${path}`)
  }
}
