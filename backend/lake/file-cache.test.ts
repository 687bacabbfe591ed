import { access, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { FileCache } from './file-cache.ts'

const graceMs = 1_000
let now = 0
let folder = ''
let downloads: string[] = []
/** Files that arrive only when they are told to. */
const held = new Map<string, Promise<void>>()
const clock = { now: () => now, elapsed: () => now, sleep: async () => {} }

beforeEach(async () => {
  now = 1_000_000
  folder = await temporaryFolder()
  downloads = []
  held.clear()
})

/** A cache of files of 10 bytes each. */
function openCache(files: number): Promise<FileCache> {
  const download = async (path: string, localFile: string): Promise<void> => {
    downloads.push(path)
    await held.get(path)
    await writeFile(localFile, '0123456789')
  }
  return FileCache.open({ folder, bytesMax: 10 * files, graceMs, download }, clock)
}

async function here(): Promise<string[]> {
  return (await readdir(folder)).filter(name => name !== '.parts').sort()
}

test('what nobody has goes when room is needed, least recently used first, once its grace is over', async () => {
  const cache = await openCache(2)
  for (const path of ['a', 'b', 'c']) {
    await cache.use('one', [path])
    now += 10
  }
  expect(await here()).toEqual(['a', 'b', 'c'])
  now += graceMs
  await cache.use('one', ['c'])
  expect(await here()).toEqual(['b', 'c'])
})

test('what does not fit is refused, and harms nobody else', async () => {
  const cache = await openCache(3)
  await cache.use('one', ['a', 'b'])
  await cache.use('other', ['c'])
  await expect(cache.use('other', ['c', 'd'])).rejects.toMatchObject({ code: 'lake-cache-full' })
  for (let n = 0; n < 2; n++) {
    now += 2 * graceMs
    await cache.use('one', ['a', 'e'])
  }
  expect(await here()).toEqual(['a', 'c', 'e'])
  await expect(cache.use('other', ['c', 'd'])).rejects.toMatchObject({ code: 'lake-cache-full' })
  await cache.use('other', [])
  await cache.use('one', ['a', 'e', 'f'])
})

test('what is known not to fit is not brought', async () => {
  const cache = await openCache(2)
  await cache.use('one', ['a'])
  await expect(cache.use('other', ['b', 'c'], { bytes: 20 })).rejects.toMatchObject({
    code: 'lake-cache-full',
  })
  await cache.use('one', ['b', 'c'], { bytes: 20 })
  expect(downloads).toEqual(['a', 'b', 'c'])
})

test('files that are here stay while others are waited for', async () => {
  const cache = await openCache(3)
  await cache.use('one', ['a'])
  now += 2 * graceMs
  let arrive = (): void => {}
  held.set('b', new Promise(resolve => (arrive = resolve)))
  const waiting = cache.use('statement', ['a', 'b'])
  for (const path of ['c', 'd', 'e']) {
    await cache.use('one', [path])
    now += 2 * graceMs
  }
  expect(await here()).toEqual(['a', 'd', 'e'])
  arrive()
  expect(await waiting).toEqual([join(folder, 'a'), join(folder, 'b')])
  for (const file of await waiting) await access(file)
  expect(downloads).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('a file that two wait for is brought once', async () => {
  const cache = await openCache(2)
  await Promise.all([cache.use('one', ['a']), cache.use('other', ['a'])])
  expect(downloads).toEqual(['a'])
})
