import { Failure } from '../base/failure.ts'
import { identifier } from '../base/sql.ts'
import type { StreamState } from '../contract/query.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { QueryEngine, RunOptions } from './query-engine.ts'
import type { SparkRelation } from './spark-proto.ts'

/** With what else is sent, below what a server of Spark takes in one message. */
const tailBytesMax = 100 * 2 ** 20

export interface SparkTablesParts {
  /** Knows the live tail, and the version of the lake that it goes on from. */
  readonly tailSource: QueryEngine
  readonly definitions: readonly StreamDefinition[]
  /** The lake as Spark finds it, such as `hdfs://namenode:8020/millrace/lake`. */
  readonly lakeUrl: string
}

export interface ReferencedTables {
  readonly references: readonly SparkRelation[]
  readonly streams: readonly StreamState[]
}

/** Spark's types for those of stream definitions, where they are called otherwise. */
const sparkTypes: Readonly<Record<string, string>> = {
  VARCHAR: 'STRING',
  JSON: 'STRING',
  TIMESTAMP: 'TIMESTAMP_NTZ',
}

/** Gives Spark the tables that a statement names, as they are at one instant. */
export class SparkTables {
  readonly #parts: SparkTablesParts

  constructor(parts: SparkTablesParts) {
    this.#parts = parts
  }

  /** A table whose name merely stands in a string is given as well: that costs little. */
  async referencedBy(sql: string, options: RunOptions): Promise<ReferencedTables> {
    const references: SparkRelation[] = []
    const streams: StreamState[] = []
    for (const definition of this.#parts.definitions) {
      if (!isNamed(definition.stream, sql)) continue
      const tail = await this.#rowsOf(`tail.${identifier(definition.stream)}`, options)
      const [state] = tail.streams
      if (state === undefined) continue
      streams.push(state)
      references.push(...this.#unionOf(definition, state, tail))
    }
    if (isNamed('dead_letters', sql)) {
      const letters = await this.#rowsOf('dead_letters', options)
      references.push(aliased('dead_letters', { localRelation: { data: letters.arrow } }))
    }
    return { references, streams }
  }

  #unionOf(
    definition: StreamDefinition,
    { version }: StreamState,
    tail: { readonly arrow: Buffer; readonly rows: number },
  ): SparkRelation[] {
    const { stream, columns } = definition
    const path = `${this.#parts.lakeUrl}/${stream}`
    const names = columns.map(({ name }) => quoted(name)).join(', ')
    const history = `SELECT ${names} FROM delta.${quoted(path)} VERSION AS OF ${version}`
    if (tail.rows === 0) return [aliased(stream, { sql: { query: history } })]
    const tailName = `millrace_tail_of_${stream}`
    const typed = columns.map(({ name, type }) => {
      return `CAST(${quoted(name)} AS ${sparkTypes[type] ?? type}) AS ${quoted(name)}`
    })
    const query = `${history} UNION ALL SELECT ${typed.join(', ')} FROM ${quoted(tailName)}`
    return [
      aliased(tailName, { localRelation: { data: tail.arrow } }),
      aliased(stream, { sql: { query } }),
    ]
  }

  /** All rows of a table that Spark does not find in the lake. */
  async #rowsOf(
    table: string,
    { signal, timeoutMs, after }: RunOptions,
  ): Promise<{ arrow: Buffer; rows: number; streams: readonly StreamState[] }> {
    const options = { signal, timeoutMs, after, rowsMax: Number.MAX_SAFE_INTEGER }
    const result = await this.#parts.tailSource.run(
      { sql: `SELECT * FROM ${table}`, params: {} },
      options,
    )
    const parts: Buffer[] = []
    let bytes = 0
    for await (const message of result.messages) {
      bytes += message.length
      if (bytes <= tailBytesMax) parts.push(message)
    }
    const rows = await result.rowCount
    if (bytes > tailBytesMax) throw tooLarge(table, rows)
    return { arrow: Buffer.concat(parts), rows, streams: result.streams }
  }
}

function aliased(alias: string, input: SparkRelation): SparkRelation {
  return { subqueryAlias: { input, alias } }
}

function isNamed(table: string, sql: string): boolean {
  return new RegExp(`(?<![\\w])${table}(?![\\w])`, 'i').test(sql)
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function tooLarge(table: string, rows: number): Failure {
  return new Failure(
    'query-busy',
    `Spark is given the rows of ${table}, and ${rows.toLocaleString('en')} are more than it takes at once.`,
    {
      hint: 'Run the statement on the server. Events that wait for the lake grow fewer as ingest catches up.',
    },
  )
}
