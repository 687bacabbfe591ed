import fc from 'fast-check'
import {
  endOfPrefix,
  type LiveStore,
  type ReadFilter,
  type Row,
} from '../backend/live/live-store.ts'

const table = 'sequences'
/** Enough versions for all timestamps there are: beyond them a time range may show what is about to go. */
const families = { a: { versionsMax: 3 }, b: { versionsMax: 1 } }

type Operation =
  | { readonly do: 'put'; readonly key: string; readonly cells: readonly PutCell[] }
  | { readonly do: 'get'; readonly key: string; readonly filter: ReadFilter }
  | {
      readonly do: 'scan'
      readonly from: string
      readonly to: string
      readonly filter: ReadFilter
      readonly rowsMax: number
    }
  | { readonly do: 'prefix'; readonly prefix: string }
  | { readonly do: 'delete'; readonly key: string }
  | {
      readonly do: 'check'
      readonly key: string
      readonly expected: string | undefined
      readonly cell: PutCell
    }

interface PutCell {
  readonly column: string
  readonly timestamp: number
  readonly value: string
}

const key = fc.constantFrom('a', 'a\0', 'a\0\x01', 'ab', 'b', 'b\xff', '\xff\xff')
const value = fc.string({ minLength: 1, maxLength: 3 })
const named = fc.record({
  column: fc.constantFrom('a:x', 'a:y'),
  timestamp: fc.integer({ min: 1, max: 3 }),
  value,
})
const cell: fc.Arbitrary<PutCell> = fc.oneof(
  named,
  fc.record({ column: fc.constant('a:'), timestamp: fc.integer({ min: 1, max: 3 }), value }),
  fc.record({ column: fc.constant('b:q'), timestamp: fc.constant(1), value }),
)
const filter: fc.Arbitrary<ReadFilter> = fc.record(
  {
    columns: fc.subarray(['a', 'a:x', 'b:q'], { minLength: 1 }),
    timestamps: fc.constantFrom({ from: 1, to: 2 }, { from: 2, to: 4 }),
    versionsMax: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      key,
      cells: fc.array(cell, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('get' as const), key, filter }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('scan' as const),
      from: key,
      to: key,
      filter,
      rowsMax: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prefix' as const), prefix: key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('check' as const),
      key,
      expected: fc.option(value, { nil: undefined }),
      cell: named,
    }),
  },
)

export interface SequenceOptions {
  readonly count: number
  readonly seed: number
  /** How many sequences are under way at a time. */
  readonly lanes: number
  onSequence?(done: number): void
}

/**
 * Does the same to two stores, sequence by sequence, and compares every answer.
 * @throws Error with the seed and the shortest sequence found on which they differ
 */
export async function compareStores(
  stores: readonly [LiveStore, LiveStore],
  { count, seed, lanes, onSequence }: SequenceOptions,
): Promise<void> {
  for (const store of stores) await store.ensureTable(table, families)
  let done = 0
  const lane = (index: number): Promise<void> => {
    let run = 0
    const property = fc.asyncProperty(
      fc.array(operation, { minLength: 3, maxLength: 14 }),
      async operations => {
        const prefix = `${seed}-${index}-${run++}/`
        const [first, second] = await Promise.all(
          stores.map(store => answersOf(store, prefix, operations)),
        )
        if (first !== second) throw new Error(`one answered ${first}\nthe other ${second}`)
        onSequence?.(++done)
      },
    )
    return fc.assert(property, { numRuns: Math.ceil(count / lanes), seed: seed + index })
  }
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
}

async function answersOf(
  store: LiveStore,
  prefix: string,
  operations: readonly Operation[],
): Promise<string> {
  const answers: unknown[] = []
  for (const each of operations) answers.push(await answer(store, prefix, each))
  answers.push(await scan(store, prefix, { versionsMax: 3 }))
  return JSON.stringify(answers)
}

async function answer(store: LiveStore, prefix: string, operation: Operation): Promise<unknown> {
  switch (operation.do) {
    case 'put':
      return store.put(table, [
        { key: keyOf(prefix, operation.key), cells: distinct(operation.cells).map(asCell) },
      ])
    case 'get': {
      const row = await store.get(table, keyOf(prefix, operation.key), operation.filter)
      return row === undefined ? null : textOf(row)
    }
    case 'scan': {
      const bounds = [operation.from, operation.to].map(bound => keyOf(prefix, bound))
      const [start, end] = bounds.sort(Buffer.compare)
      return scan(store, prefix, { ...operation.filter, start, end, rowsMax: operation.rowsMax })
    }
    case 'prefix':
      return scan(store, prefix + operation.prefix, {})
    case 'delete':
      return store.deleteRows(table, [keyOf(prefix, operation.key)])
    case 'check': {
      const { column } = operation.cell
      const expected =
        operation.expected === undefined ? undefined : Buffer.from(operation.expected)
      const row = { key: keyOf(prefix, operation.key), cells: [asCell(operation.cell)] }
      return store.checkAndPut(table, { column, expected }, row)
    }
  }
}

async function scan(store: LiveStore, prefix: string, options: object): Promise<unknown[]> {
  const start = Buffer.from(prefix, 'latin1')
  const rows: unknown[] = []
  for await (const found of store.scan(table, { start, end: endOfPrefix(start), ...options })) {
    rows.push(...found.map(textOf))
  }
  return rows
}

/** One put has one value for a column and timestamp: of two, HBase keeps either. */
function distinct(cells: readonly PutCell[]): PutCell[] {
  return [...new Map(cells.map(each => [`${each.column} ${each.timestamp}`, each])).values()]
}

function asCell({ column, timestamp, value: text }: PutCell) {
  return { column, timestamp, value: Buffer.from(text) }
}

function keyOf(prefix: string, text: string): Buffer {
  return Buffer.from(prefix + text, 'latin1')
}

function textOf({ key: rowKey, cells }: Row): unknown[] {
  return [
    rowKey.toString('latin1'),
    ...cells.map(each => [each.column, each.timestamp, each.value.toString('base64')]),
  ]
}
