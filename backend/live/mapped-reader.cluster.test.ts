import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { HbaseLiveStore } from './hbase-live-store.ts'
import type { KeyConditions } from './key-ranges.ts'
import { MappedReader, neededCells } from './mapped-reader.ts'
import type { TableMapping } from './table-mapping.ts'
import { ValueCodec } from './value-codec.ts'

const userId = new ValueCodec('BIGINT', 'binary')

function open(): HbaseLiveStore {
  const gateways = [new URL(inject('cluster').hbase)]
  return new HbaseLiveStore({ gateways, namespace: 'default', tablePrefix: '' }, systemClock)
}

test('rows of a table of HBase are got and scanned by what is asked of their keys', async () => {
  const store = open()
  const table = `people_${randomUUID()}`
  await store.ensureTable(table, { d: { versionsMax: 1 } })
  const cell = (column: string, text: string) => ({
    column,
    timestamp: 1,
    value: Buffer.from(text),
  })
  await store.put(
    table,
    Array.from({ length: 3_000 }, (_, n) => ({
      key: userId.encode(BigInt(n - 1_000)) ?? Buffer.alloc(0),
      cells: [cell('d:name', `name ${n - 1_000}`), ...(n % 2 === 0 ? [cell('d:even', 'yes')] : [])],
    })),
  )
  const mapping: TableMapping = {
    ...{ name: 'people', id: '1', table, versionsMax: 1 },
    columns: [
      { name: 'user_id', type: 'BIGINT', source: { from: 'key', encoding: 'binary' } },
      {
        name: 'name',
        type: 'VARCHAR',
        source: { from: 'cell', cell: 'd:name', encoding: 'text', isRequired: true },
      },
      {
        name: 'even',
        type: 'VARCHAR',
        source: { from: 'cell', cell: 'd:even', encoding: 'text', isRequired: false },
      },
    ],
  }
  const reader = new MappedReader(store, systemClock)
  const read = async (condition: KeyConditions | undefined, columns: string[] = ['even']) => {
    const request = {
      ...{ mapping, cells: neededCells(mapping, columns), rowsMax: undefined },
      alternatives: condition && [condition],
    }
    const rows: unknown[] = []
    for await (const { key, values } of reader.rows(request, new AbortController().signal)) {
      rows.push([Number(userId.decode(key)), ...values.map(value => value?.toString() ?? null)])
    }
    return rows
  }
  const on = (condition: object): KeyConditions => new Map([['user_id', condition]])
  expect(await read(on({ equals: [7n, 8n, 99_999n] }))).toEqual([
    [7, null, 'name 7'],
    [8, 'yes', 'name 8'],
  ])
  expect(await read(on({ from: -2n, to: 1n }), [])).toEqual([
    [0, 'name 0'],
    [1, 'name 1'],
    [-2, 'name -2'],
    [-1, 'name -1'],
  ])
  expect(await read(undefined)).toHaveLength(3_000)
  await expect(reader.familiesOf(`nope_${randomUUID()}`)).rejects.toMatchObject({
    code: 'unknown-table',
  })
  await store.close()
})
