import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openDuckDb } from '../backend/base/duckdb.ts'
import { EventCheck } from '../backend/events/event-check.ts'
import { parseStreamDefinition } from '../backend/events/stream-definition.ts'
import { temporaryFolder } from '../backend/testing/temporary-folder.ts'
import { Dirt, type DirtEntry } from './dirt.ts'
import { Random } from './random.ts'
import { Shop } from './shop.ts'
import type { ShopRecord } from './shop-record.ts'

async function soiled(seed: string): Promise<{ records: ShopRecord[]; ledger: DirtEntry[] }> {
  const ledger: DirtEntry[] = []
  const dirt = new Dirt({
    random: new Random(seed),
    share: 0.05,
    onDirt: entry => ledger.push(entry),
  })
  const until = Date.UTC(2019, 9, 15)
  const history = new Shop({ seed: 3 }).history({ from: until - 86_400_000, until, count: 20_000 })
  return { records: [...history].flatMap(chunk => dirt.soil(chunk)), ledger }
}

test('ingest makes of each piece of dirt what the ledger says, and of all else a row', async () => {
  const { records, ledger } = await soiled('one')
  const scratchFolder = await temporaryFolder()
  const duckDb = await openDuckDb({
    threads: 1,
    memoryBytesMax: 1 << 30,
    spillFolder: scratchFolder,
  })
  const file = new URL('streams/events.json', import.meta.url)
  const definition = parseStreamDefinition(await readFile(file, 'utf8'), 'events.json')
  const checked = await new EventCheck(duckDb, scratchFolder).check(
    definition,
    records.map(({ value }) => value),
  )
  const reasons = new Map(ledger.map(({ index, reason }) => [index, reason]))
  const wrong = checked.flatMap((outcome, index) => {
    const expected = reasons.get(index) ?? null
    const found = outcome.isRow ? null : outcome.reason
    return found === expected
      ? []
      : [{ index, expected, found, raw: records[index]?.value.toString() }]
  })
  expect(wrong).toEqual([])
  expect(new Set(ledger.map(({ kind }) => kind)).size).toBe(11)
  duckDb.closeSync()
})

test('equal seeds make equal dirt', async () => {
  const [a, b, c] = [await soiled('x'), await soiled('x'), await soiled('y')]
  expect(a.ledger).toEqual(b.ledger)
  const bytes = ({ records }: { records: ShopRecord[] }) => Buffer.concat(records.map(r => r.value))
  expect(bytes(a).equals(bytes(b))).toBe(true)
  expect(c.ledger).not.toEqual(a.ledger)
})
