import type { DuckDBConnection } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { openDuckDb } from '../base/duckdb.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import type { FromProcess } from './engine-messages.ts'
import { type RunParts, StatementRun } from './statement-run.ts'

/** A statement over no tables, on a connection of which the test is told before it runs anything. */
function runOf(connection: DuckDBConnection, sql: string, sent: FromProcess[]): StatementRun {
  const parts = {
    ...{ id: 1, statement: { sql, params: {} }, rowsMax: 10, connection, kept: undefined },
    mapped: {
      prepare: async () => {},
      load: async () => {},
      explained: async (all: object) => all,
    },
    scans: { prepare: async () => [] },
    tables: { streams: [], statesSeenBy: async () => [] },
    reader: { readsOf: async () => ({ tables: [], isVolatile: false }) },
    viewDependencies: () => undefined,
    send: (message: FromProcess) => sent.push(message),
  }
  return new StatementRun(parts as unknown as RunParts)
}

/*
 * DuckDB leaves a transaction open whose end is interrupted, and its connection is of no use to the next statement then.
 */
test.each([
  ['BEGIN TRANSACTION READ ONLY', 'SELECT 1', 'query-cancelled'],
  ['SELECT 1; ROLLBACK', 'SELECT 1', 'query-cancelled'],
  ['ROLLBACK', "SELECT error('no')", 'sql-runtime'],
])(
  'a cancel that comes during %s leaves the connection to the next statement',
  async (step, sql, code) => {
    const duckDb = await openDuckDb({
      ...{ threads: 2, memoryBytesMax: 1 << 28, spillFolder: await temporaryFolder() },
    })
    const connection = await duckDb.connect()
    await connection.run('SET errors_as_json = true')
    for (let n = 0; n < 200; n++) {
      const sent: FromProcess[] = []
      const watched = new Proxy(connection, {
        get(target, name) {
          if (name !== 'run') return Reflect.get(target, name).bind(target)
          return (text: string) => {
            const running = target.run(text)
            if (text === step) spin((n % 20) / 20)
            if (text === step) run.cancel()
            return running
          }
        },
      })
      const run: StatementRun = runOf(watched, sql, sent)
      await run.run()
      run.sendOutcome()
      expect(
        sent.flatMap(each => ('messages' in each ? each.messages : each)).at(-1),
      ).toMatchObject({
        type: 'failed',
        failure: { code },
      })
      await connection.run('BEGIN TRANSACTION READ ONLY')
      await connection.run('ROLLBACK')
    }
    duckDb.closeSync()
  },
)

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
