import type { DuckDBConnection } from '@duckdb/node-api'
import type { StreamState } from '../contract/query.ts'
import type { Statement } from './query-engine.ts'
import type { StatementReader, StatementReads } from './statement-reads.ts'
import type { UnionTables } from './union-tables.ts'
import type { ViewDependencies } from './views/view-tables.ts'

export interface SightParts {
  readonly connection: DuckDBConnection
  readonly tables: UnionTables
  readonly reader: StatementReader
  /** What a live view depends on; undefined when there is none of this name. */
  viewDependencies(name: string): ViewDependencies | undefined
}

export interface StatementSight {
  /** The states of the streams that the statement reads. */
  readonly streams: StreamState[]
  /** Whether it may have another answer over the same states. */
  readonly isVolatile: boolean
  /** Whether the statement does not say what it reads, so that it is taken to read all of them. */
  readonly isAnything: boolean
  /** A statement with the same answer that takes less work; undefined where none is known. */
  readonly quickerSql: string | undefined
}

/**
 * What the transaction of the connection sees of the streams that a statement reads.
 * @throws Failure `sql-not-allowed` for one that would do more than read
 */
export async function statementSees(
  { sql }: Statement,
  { connection, tables, reader, viewDependencies }: SightParts,
): Promise<StatementSight> {
  const states = await tables.statesSeenBy(connection, Date.now())
  const reads = withViews(await reader.readsOf(connection, sql), viewDependencies)
  if (reads.refused) throw reads.refused
  const streams = states.filter(({ stream }) => readsStream(reads, stream))
  const { isVolatile, quickerSql } = reads
  return { streams, isVolatile, isAnything: reads.tables === null, quickerSql }
}

/** What a live view is made of is read with it. */
function withViews(
  reads: StatementReads,
  dependenciesOf: SightParts['viewDependencies'],
): StatementReads {
  const { tables } = reads
  if (tables === null) return reads
  const views = tables.flatMap(table => dependenciesOf(table) ?? [])
  return {
    ...reads,
    tables: [...tables, ...views.flatMap(({ streams }) => streams)],
    isVolatile: reads.isVolatile || views.some(({ isVolatile }) => isVolatile),
  }
}

/** The table of dead letters holds those of all streams. */
function readsStream({ tables }: StatementReads, stream: string): boolean {
  return tables === null || tables.includes(stream.toLowerCase()) || tables.includes('dead_letters')
}
