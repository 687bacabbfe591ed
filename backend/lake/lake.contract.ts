import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lake } from './lake.ts'

export interface LakeHarness {
  open(): Promise<Lake>
  dispose(lake: Lake): Promise<void>
}

/** What every lake promises; run against each implementation. */
export function lakeContract(name: string, harness: LakeHarness): void {
  describe(`${name} is a lake`, () => {
    let lake: Lake
    beforeEach(async () => {
      lake = await harness.open()
    })
    afterEach(async () => {
      await harness.dispose(lake)
    })

    async function putBytes(path: string, bytes: Buffer): Promise<void> {
      const local = join(lake.stagingFolder, 'built')
      await writeFile(local, bytes)
      await lake.putFile(local, path)
    }

    async function paths(folder: string): Promise<string[]> {
      const found: string[] = []
      for await (const file of lake.list(folder)) found.push(file.path)
      return found.sort()
    }

    test('a file comes back as it was put, whole and by range', async () => {
      const bytes = Buffer.from(Array.from({ length: 3000 }, (_, n) => n % 251))
      await putBytes('t/event_date=2019-10-01/part é 1.parquet', bytes)
      const path = 't/event_date=2019-10-01/part é 1.parquet'
      expect(await lake.readRange(path, 0, 3000)).toEqual(bytes)
      expect(await lake.readRange(path, 100, 110)).toEqual(bytes.subarray(100, 110))
      expect(await lake.readRange(path, 2990, 4000)).toEqual(bytes.subarray(2990))
    })

    test('a file on this machine has the name that it was said to have', async () => {
      const bytes = Buffer.from('content')
      await putBytes('t/part 1.parquet', bytes)
      let here = 0
      const [file = ''] = await lake.localFiles('test', ['t/part 1.parquet'], {
        onHere: () => here++,
      })
      expect(here).toBe(1)
      expect(file).toBe(lake.localPath('t/part 1.parquet'))
      expect(await lake.localChecksum(file)).toBe(checksumOf(bytes))
      expect(lake.localBytesMax).toBeGreaterThan(0)
    })

    test('a file is brought as it lies there, stays when the lake lets go of it, and may be absent', async () => {
      const bytes = Buffer.from('as it was')
      await putBytes('t/one', bytes)
      const local = join(lake.stagingFolder, 'brought')
      expect(await lake.fetchFile('t/one', local)).toBe(true)
      await lake.delete(['t/one'])
      expect(await lake.localChecksum(local)).toBe(checksumOf(bytes))
      expect(await lake.fetchFile('t/one', join(lake.stagingFolder, 'other'))).toBe(false)
    })

    test('a file is never overwritten', async () => {
      await putBytes('t/one', Buffer.from('first'))
      await expect(putBytes('t/one', Buffer.from('second'))).rejects.toThrow()
      expect((await lake.readRange('t/one', 0, 10)).toString()).toBe('first')
    })

    test('of many rivals for one name exactly one wins, and its content stays', async () => {
      const rivals = Array.from({ length: 20 }, (_, n) => `rival ${n}`)
      const won = await Promise.all(rivals.map(text => lake.putIfAbsent('t/_log/1.json', text)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await lake.readText('t/_log/1.json')).toBe(rivals[won.indexOf(true)])
    })

    test('replacing changes the content at once', async () => {
      await lake.replace('last', 'one').catch(() => {})
      await lake.putIfAbsent('t/last', 'one')
      await lake.replace('t/last', 'two')
      expect(await lake.readText('t/last')).toBe('two')
    })

    test('what is not there reads as nothing', async () => {
      expect(await lake.readText('t/nothing')).toBeUndefined()
      expect(await paths('nowhere')).toEqual([])
    })

    test('a folder lists its files with their sizes, those of deeper folders too, and nothing half made', async () => {
      await putBytes('t/a/one', Buffer.from('123'))
      await lake.putIfAbsent('t/two', 'x')
      await writeFile(join(lake.stagingFolder, 'unfinished'), 'x')
      expect(await paths('t')).toEqual(['t/a/one', 't/two'])
      for await (const file of lake.list('t/a')) {
        expect(file.sizeBytes).toBe(3)
        expect(Math.abs(file.modifiedAt - Date.now())).toBeLessThan(3_600_000)
      }
    })

    test('deleted files are gone, and deleting them again does not matter', async () => {
      await lake.putIfAbsent('t/one', '1')
      await lake.putIfAbsent('t/two', '2')
      await lake.delete(['t/one', 't/never'])
      await lake.delete(['t/one'])
      expect(await paths('t')).toEqual(['t/two'])
    })

    test('paths that lead out of the lake are refused', async () => {
      await expect(lake.putIfAbsent('../outside', 'x')).rejects.toThrow()
    })
  })
}

function checksumOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
