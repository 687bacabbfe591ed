import { randomUUID } from 'node:crypto'
import { type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { storageFailure } from './failure.ts'

/**
 * Writes a file aside, syncs it, and renames it into place: a reader sees the old or the new content, whole.
 * @param asideFolder on the same file system
 */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  asideFolder = dirname(path),
): Promise<void> {
  const aside = await writeAside(asideFolder, content)
  try {
    await rename(aside, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(aside, { force: true })
    throw storageFailure(error, `writing ${path}`)
  }
}

/** Like `replaceFile`, but only if nothing is there; answers whether it wrote. */
export async function createFile(
  path: string,
  content: string | Buffer,
  asideFolder = dirname(path),
): Promise<boolean> {
  await makeFolder(dirname(path))
  const aside = await writeAside(asideFolder, content)
  try {
    return await linkInto(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
}

/** Gives a synced file a second name that must be new; answers whether it was. */
export async function linkInto(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw storageFailure(error, `writing ${to}`)
  }
  await syncFolder(dirname(to))
  return true
}

export async function syncFile(path: string): Promise<void> {
  await withHandle(path, 'r+', handle => handle.sync())
}

/** Makes a folder and the ones above it, each synced into its parent. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true }).catch(error => {
    throw storageFailure(error, `making ${folder}`)
  })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made))
  }
}

async function syncFolder(folder: string): Promise<void> {
  await withHandle(folder, 'r', handle => handle.sync())
}

async function writeAside(folder: string, content: string | Buffer): Promise<string> {
  const aside = join(folder, `.${randomUUID()}.tmp`)
  try {
    await withHandle(aside, 'wx', async handle => {
      await handle.writeFile(content)
      await handle.sync()
    })
    return aside
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

async function withHandle(
  path: string,
  flags: string,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  try {
    const handle = await open(path, flags)
    try {
      await use(handle)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw storageFailure(error, `writing ${path}`)
  }
}
