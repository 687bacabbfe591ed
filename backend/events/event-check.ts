import { randomUUID } from 'node:crypto'
import type { DuckDBInstance } from '@duckdb/node-api'
import { identifier } from '../base/sql.ts'
import { decodeBatches } from './decode.ts'
import { RecordBatchBuilder } from './record-batch.ts'
import type { StreamDefinition } from './stream-definition.ts'

/** What would become of a value: a row, with the key that chooses its partition, or a dead letter. */
export type CheckedValue =
  | { readonly isRow: true; readonly key: string | undefined }
  | { readonly isRow: false; readonly reason: string; readonly detail: string }

/** Checks values before they are appended, by the same decoder that ingest uses. */
export class EventCheck {
  readonly #duckDb: DuckDBInstance
  readonly #scratchFolder: string

  constructor(duckDb: DuckDBInstance, scratchFolder: string) {
    this.#duckDb = duckDb
    this.#scratchFolder = scratchFolder
  }

  /** @returns one answer a value, in their order */
  async check(definition: StreamDefinition, values: readonly Buffer[]): Promise<CheckedValue[]> {
    if (values.length === 0) return []
    const builder = new RecordBatchBuilder(0, 0)
    for (const [offset, value] of values.entries()) builder.add({ offset, timestamp: 0, value })
    const connection = await this.#duckDb.connect()
    const table = identifier(`check ${randomUUID()}`)
    try {
      const { deadLetters } = await decodeBatches(connection, definition, [builder.build()], {
        scratchFolder: this.#scratchFolder,
        table,
      })
      const keyColumn = definition.partitionKey
      const key = keyColumn === undefined ? 'NULL' : `${identifier(keyColumn)}::VARCHAR`
      const read = await connection.runAndReadAll(`SELECT _offset::DOUBLE, ${key} FROM ${table}`)
      const checked: CheckedValue[] = []
      for (const [offset, found] of read.getRowsJS() as [number, string | null][]) {
        checked[offset] = { isRow: true, key: found ?? undefined }
      }
      for (const { offset, reason, detail } of deadLetters) {
        checked[offset] = { isRow: false, reason, detail }
      }
      return checked
    } finally {
      await connection.run(`DROP TABLE IF EXISTS ${table}`)
      connection.closeSync()
    }
  }
}
