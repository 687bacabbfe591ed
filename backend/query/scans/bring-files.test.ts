import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import type { Lake, LocalFilesOptions } from '../../lake/lake.ts'
import { bringFiles } from './bring-files.ts'

const wanted = { stream: 'events', paths: ['a', 'b'], bytes: 10 }

/** A lake that remembers who asked for what, and has no room whenever `isFull` says so. */
function lakeWith(isFull: (paths: readonly string[]) => boolean) {
  const asked: (readonly string[])[] = []
  const lake = {
    localBytesMax: 100,
    localFiles: async (_user: string, paths: readonly string[], options?: LocalFilesOptions) => {
      asked.push(paths)
      for (const _ of paths) options?.onHere?.()
      if (isFull(paths)) throw new Failure('lake-cache-full', 'The files in use are too many.')
      return [...paths]
    },
  } as unknown as Lake
  return { asked, lake }
}

test('files that do not fit beside those of others are let go of', async () => {
  const { asked, lake } = lakeWith(paths => paths.length > 0)
  await expect(bringFiles(lake, 'me', wanted)).rejects.toMatchObject({ code: 'lake-cache-full' })
  expect(asked).toEqual([wanted.paths, []])
})

test('it is told how many of them are here', async () => {
  const { lake } = lakeWith(() => false)
  const told: number[] = []
  await bringFiles(lake, 'me', wanted, count => told.push(count))
  expect(told).toEqual([1, 2])
})

test('letting go fails nobody, whatever the lake answers', async () => {
  const { asked, lake } = lakeWith(paths => paths.length === 0)
  const letGo = await bringFiles(lake, 'me', wanted)
  letGo()
  await new Promise(resolve => setImmediate(resolve))
  expect(asked).toEqual([wanted.paths, []])
})

test('more than may lie here at all is not even begun', async () => {
  const { asked, lake } = lakeWith(() => false)
  const bringing = bringFiles(lake, 'me', { ...wanted, bytes: 101 })
  await expect(bringing).rejects.toThrow('needs 101 bytes of the history of events')
  expect(asked).toEqual([])
})
