import { isUtf8 } from 'node:buffer'
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api'
import { identifier } from '../base/sql.ts'
import type { DeadLetter } from './decode.ts'

/** What stands in a row of the table `dead_letters`, for every stream alike. */
export const deadLetterColumns = [
  { name: 'stream', type: 'VARCHAR', description: 'The stream it came by' },
  { name: 'log_partition', type: 'INTEGER', description: 'Its partition in the log' },
  { name: 'log_offset', type: 'BIGINT', description: 'Its offset in the partition' },
  { name: 'appended_at', type: 'TIMESTAMP', description: 'When the log took it, in UTC' },
  { name: 'reason', type: 'VARCHAR', description: 'Why it is no event, as one of few words' },
  { name: 'detail', type: 'VARCHAR', description: 'What exactly is wrong with it' },
  {
    name: 'raw',
    type: 'VARCHAR',
    description: 'Its value; hex: and the bytes where it is no text',
  },
] as const

const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

export async function createDeadLetterTable(
  connection: DuckDBConnection,
  table: string,
): Promise<void> {
  const columns = deadLetterColumns.map(({ name, type }) => `${identifier(name)} ${type}`)
  await connection.run(`CREATE TABLE ${table} (${columns.join(', ')})`)
}

/** @param table its plain name, and its schema if that is not `main` */
export async function appendDeadLetters(
  connection: DuckDBConnection,
  table: { readonly name: string; readonly schema?: string },
  stream: string,
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  if (deadLetters.length === 0) return
  const appender = await connection.createAppender(table.name, table.schema ?? 'main')
  for (const letter of deadLetters) {
    appender.appendVarchar(stream)
    appender.appendInteger(letter.partition)
    appender.appendBigInt(BigInt(letter.offset))
    appender.appendTimestamp(timestampOf(letter.timestamp))
    appender.appendVarchar(letter.reason)
    appender.appendVarchar(letter.detail)
    appender.appendVarchar(rawText(letter.raw))
    appender.endRow()
  }
  appender.closeSync()
}

/** Producers may give a record any time, also one that no calendar holds: the nearest that has four digits for its year. */
function timestampOf(ms: number): DuckDBTimestampValue {
  const within = Math.min(Math.max(Math.round(ms), 0), lastMs)
  return new DuckDBTimestampValue(BigInt(within) * 1000n)
}

function rawText(raw: Buffer): string {
  return isUtf8(raw) ? raw.toString('utf8') : `hex:${raw.toString('hex')}`
}
