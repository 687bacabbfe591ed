import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  endOfPrefix,
  type LiveStore,
  type ReadFilter,
  type Row,
  type ScanOptions,
} from './live-store.ts'

export interface LiveStoreHarness {
  open(): Promise<LiveStore>
  reopen(store: LiveStore): Promise<LiveStore>
  dispose(store: LiveStore): Promise<void>
}

const settings = { a: { versionsMax: 3 }, b: { versionsMax: 1 } }

/** What every live store promises; run against each implementation. */
export function liveStoreContract(name: string, harness: LiveStoreHarness): void {
  describe(`${name} is a live store`, () => {
    let store: LiveStore
    beforeEach(async () => {
      store = await harness.open()
      await store.ensureTable('t', settings)
    })
    afterEach(async () => {
      await harness.dispose(store)
    })

    test('a row comes back with its cells in order, and a missing one does not', async () => {
      await store.put('t', [row('k', ['b:x', 1, 'bx'], ['a:y', 1, 'ay'], ['a:x', 1, 'ax'])])
      expect(textOf(await store.get('t', Buffer.from('k')))).toEqual([
        ['k', ['a:x', 1, 'ax'], ['a:y', 1, 'ay'], ['b:x', 1, 'bx']],
      ])
      expect(await store.get('t', Buffer.from('nope'))).toBeUndefined()
    })

    test('many rows are got at once, in the order in which they were asked for', async () => {
      const key = (n: number) => latin(`key \xff ${n}`.padEnd(120, 'x'))
      const there = Array.from({ length: 400 }, (_, n) => n).filter(n => n % 3 !== 0)
      await store.put(
        't',
        there.map(n => row(key(n), ['a:x', 1, `${n}`], ['a:x', 2, `${n} again`], ['b:y', 1, 'y'])),
      )
      const asked = Array.from({ length: 500 }, (_, n) => 499 - n)
      const getAll = (keys: readonly Buffer[], filter?: ReadFilter) =>
        rowsOf(store.getMany('t', keys, filter))
      const rows = await getAll(asked.map(key), { columns: ['a:x'], versionsMax: 2 })
      expect(rows.flatMap(textOf)).toEqual(
        there
          .toReversed()
          .map(n => [key(n).toString('latin1'), ['a:x', 2, `${n} again`], ['a:x', 1, `${n}`]]),
      )
      const early = { timestamps: { from: 0, to: 1 } }
      expect(await getAll(asked.map(key), early)).toEqual([])
      expect(await getAll([])).toEqual([])
    })

    test('a table is known by its families, and stays so', async () => {
      expect([...((await store.families('t')) ?? [])].sort()).toEqual(['a', 'b'])
      expect(await store.families('nope')).toBeUndefined()
      store = await harness.reopen(store)
      expect([...((await store.families('t')) ?? [])].sort()).toEqual(['a', 'b'])
    })

    test('the newest version counts, in whatever order they were written', async () => {
      await store.put('t', [row('k', ['a:x', 5, 'five'])])
      await store.put('t', [row('k', ['a:x', 3, 'three'])])
      await store.put('t', [row('k', ['a:x', 5, 'five again'])])
      expect(textOf(await store.get('t', Buffer.from('k')))).toEqual([
        ['k', ['a:x', 5, 'five again']],
      ])
    })

    test('as many versions are kept and given as were asked for', async () => {
      for (let n = 1; n <= 5; n++) await store.put('t', [row('k', ['a:x', n, `${n}`])])
      const versions = async (versionsMax: number) =>
        (await store.get('t', Buffer.from('k'), { versionsMax }))?.cells.map(c => c.timestamp)
      expect(await versions(2)).toEqual([5, 4])
      expect(await versions(10)).toEqual([5, 4, 3])
    })

    test('reads are limited to columns, families and times', async () => {
      await store.put('t', [
        row('k', ['a:x', 1, '1'], ['a:x', 2, '2'], ['a:y', 2, 'y'], ['b:z', 3, 'z']),
      ])
      const read = async (filter: ScanOptions) =>
        textOf(await store.get('t', Buffer.from('k'), filter))
      expect(await read({ columns: ['a:y'] })).toEqual([['k', ['a:y', 2, 'y']]])
      expect(await read({ columns: ['b', 'a:x'] })).toEqual([
        ['k', ['a:x', 2, '2'], ['b:z', 3, 'z']],
      ])
      expect(await read({ timestamps: { from: 1, to: 2 } })).toEqual([['k', ['a:x', 1, '1']]])
      expect(await read({ timestamps: { from: 9, to: 10 } })).toEqual([])
    })

    test('scans run in key order over a range, a prefix, or up to a number of rows', async () => {
      const keys = ['a', 'a\0', 'ab', 'b', 'b\xff', 'c']
      await store.put(
        't',
        [...keys].reverse().map(key => row(Buffer.from(key, 'latin1'), ['a:x', 1, 'v'])),
      )
      const scan = async (options: ScanOptions) => (await scanAll(store, options)).map(keyOf)
      expect(await scan({})).toEqual(keys)
      expect(await scan({ start: latin('a\0'), end: latin('b') })).toEqual(['a\0', 'ab'])
      expect(await scan({ start: latin('b'), end: endOfPrefix(latin('b')) })).toEqual([
        'b',
        'b\xff',
      ])
      expect(await scan({ rowsMax: 2 })).toEqual(['a', 'a\0'])
      expect(await scan({ start: latin('zz') })).toEqual([])
    })

    test('a scan over many rows gives each once', async () => {
      const rows = Array.from({ length: 1500 }, (_, n) => row(`k${n}`, ['a:x', 1, `${n}`]))
      await store.put('t', rows)
      const found = await scanAll(store, {})
      expect(new Set(found.map(keyOf)).size).toBe(1500)
      expect(found).toHaveLength(1500)
    })

    test('a deleted row is gone, older puts stay hidden, and newer ones show', async () => {
      await store.put('t', [row('k', ['a:x', 1, 'old']), row('other', ['a:x', 1, 'o'])])
      await store.deleteRows('t', [Buffer.from('k')])
      await store.put('t', [row('k', ['a:x', 2, 'late replay'])])
      expect(await store.get('t', Buffer.from('k'))).toBeUndefined()
      await store.put('t', [row('k', ['a:x', Date.now() + 60_000, 'new'])])
      expect((await store.get('t', Buffer.from('k')))?.cells[0]?.value.toString()).toBe('new')
      expect((await scanAll(store, {})).map(keyOf)).toEqual(['k', 'other'])
    })

    test('check-and-put lets exactly one of many rivals win', async () => {
      const rivals = Array.from({ length: 10 }, (_, n) => row('lock', ['a:owner', n + 1, `${n}`]))
      const won = await Promise.all(
        rivals.map(rival =>
          store.checkAndPut('t', { column: 'a:owner', expected: undefined }, rival),
        ),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const owner = (await store.get('t', Buffer.from('lock')))?.cells[0]?.value
      expect(owner?.toString()).toBe(`${won.indexOf(true)}`)
      const next = row('lock', ['a:owner', 100, 'next'])
      const wrong = { column: 'a:owner', expected: Buffer.from('nobody') }
      expect(await store.checkAndPut('t', wrong, next)).toBe(false)
      expect(await store.checkAndPut('t', { column: 'a:owner', expected: owner }, next)).toBe(true)
    })

    test('tables do not see each other', async () => {
      await store.ensureTable('t2', settings)
      await store.put('t', [row('k', ['a:x', 1, 'one'])])
      await store.put('t2', [row('k', ['a:x', 1, 'two'])])
      expect(textOf(await store.get('t', Buffer.from('k')))).toEqual([['k', ['a:x', 1, 'one']]])
      await store.deleteRows('t2', [Buffer.from('k')])
      expect(await scanAll(store, {})).toHaveLength(1)
    })

    test('what was put survives a restart', async () => {
      await store.put('t', [row('k', ['a:x', 1, 'v'])])
      store = await harness.reopen(store)
      await store.ensureTable('t', settings)
      expect(textOf(await store.get('t', Buffer.from('k')))).toEqual([['k', ['a:x', 1, 'v']]])
    })

    test('any sequence of puts reads as the model says', async () => {
      let run = 0
      await store.ensureTable('model', settings)
      const key = fc
        .constantFrom('', 'a', 'a\0', 'a\0\x01', 'ab', 'b', '\xff\xff')
        .filter(k => k !== '')
      const put = fc.record({
        key,
        column: fc.constantFrom('a:', 'a:x', 'a:x:y', 'a:\0', 'b:q'),
        timestamp: fc.integer({ min: 1, max: 6 }),
        value: fc.string({ maxLength: 3 }),
      })
      await fc.assert(
        fc.asyncProperty(
          fc.array(put, { maxLength: 25 }),
          fc.option(fc.tuple(key, key), { nil: undefined }),
          fc.integer({ min: 1, max: 4 }),
          async (puts, bounds, versionsMax) => {
            const prefix = `${run++}/`
            const keyed = puts.map(p => ({ ...p, key: prefix + p.key }))
            for (const p of keyed) {
              await store.put('model', [row(latin(p.key), [p.column, p.timestamp, p.value])])
            }
            const all = [latin(prefix), endOfPrefix(latin(prefix))]
            const [start, end] = bounds?.map(bound => latin(prefix + bound)) ?? all
            const found: Row[] = []
            for await (const rows of store.scan('model', { start, end, versionsMax })) {
              found.push(...rows)
            }
            expect(found.flatMap(r => textOf(r))).toEqual(model(keyed, start, end, versionsMax))
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}

interface Put {
  readonly key: string
  readonly column: string
  readonly timestamp: number
  readonly value: string
}

function model(
  puts: readonly Put[],
  start: Buffer | undefined,
  end: Buffer | undefined,
  versionsMax: number,
): unknown[] {
  const cells = new Map(puts.map(p => [JSON.stringify([p.key, p.column, p.timestamp]), p]))
  const keys = [...new Set(puts.map(p => p.key))]
    .sort((x, y) => Buffer.compare(latin(x), latin(y)))
    .filter(
      key => (!start || latin(key).compare(start) >= 0) && (!end || latin(key).compare(end) < 0),
    )
  return keys.map(key => {
    const ofRow = [...cells.values()].filter(p => p.key === key)
    const columns = [...new Set(ofRow.map(p => p.column))].sort((x, y) => (x < y ? -1 : 1))
    return [
      key,
      ...columns.flatMap(column =>
        ofRow
          .filter(p => p.column === column)
          .sort((x, y) => y.timestamp - x.timestamp)
          .slice(0, Math.min(versionsMax, column.startsWith('a:') ? 3 : 1))
          .map(p => [column, p.timestamp, p.value]),
      ),
    ]
  })
}

function row(
  key: string | Buffer,
  ...cells: [column: string, timestamp: number, value: string][]
): Row {
  return {
    key: Buffer.from(key as string),
    cells: cells.map(([column, timestamp, value]) => ({
      column,
      timestamp,
      value: Buffer.from(value),
    })),
  }
}

function latin(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function keyOf(found: Row): string {
  return found.key.toString('latin1')
}

function textOf(found: Row | undefined): unknown[] {
  if (found === undefined) return []
  return [
    [
      keyOf(found),
      ...found.cells.map(cell => [cell.column, cell.timestamp, cell.value.toString()]),
    ],
  ]
}

function scanAll(store: LiveStore, options: ScanOptions): Promise<Row[]> {
  return rowsOf(store.scan('t', options))
}

async function rowsOf(batches: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of batches) rows.push(...batch)
  return rows
}
