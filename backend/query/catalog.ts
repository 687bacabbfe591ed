import type { Catalog, CatalogFunction, CatalogTable } from '../contract/catalog.ts'
import type { ResultColumn } from '../contract/query.ts'
import { deadLetterColumns } from '../events/dead-letter-table.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { TableMapping } from '../live/table-mapping.ts'
import { jsonOf } from './arrow-json.ts'
import type { QueryEngine } from './query-engine.ts'

export interface CatalogParts {
  readonly engine: QueryEngine
  readonly hasSpark: boolean
  readonly definitions: readonly StreamDefinition[]
  /** Stream → its tables. */
  readonly tables: ReadonlyMap<string, StreamTables>
  /** Tables of HBase that statements see. */
  mappings(): readonly TableMapping[]
}

const timeoutMs = 20_000

const functionsSql = `
  SELECT lower(function_name) AS name, any_value(function_type) AS kind,
    list(DISTINCT array_to_string(list_transform(parameters, lambda p, i:
      p || coalesce(' ' || parameter_types[i], '')), ', ')) AS signatures,
    any_value(nullif(description, '')) AS description
  FROM duckdb_functions()
  WHERE function_type IN ('scalar', 'aggregate', 'table', 'macro') AND regexp_matches(function_name, '^[a-z][a-z0-9_]*$')
  GROUP BY 1 ORDER BY 1`

/** Of statements about live views. */
const ownKeywords = ['live', 'views', 'hbase']

const keywordsSql = 'SELECT keyword_name FROM duckdb_keywords() ORDER BY 1'

/** What can be named in a statement: tables with their size, functions, keywords. */
export class CatalogReader {
  readonly #parts: CatalogParts
  #words: Promise<Pick<Catalog, 'functions' | 'keywords'>> | undefined

  constructor(parts: CatalogParts) {
    this.#parts = parts
  }

  async read(): Promise<Catalog> {
    this.#words ??= this.#readWords().catch(error => {
      this.#words = undefined
      throw error
    })
    const engines: Catalog['engines'] = this.#parts.hasSpark ? ['server', 'spark'] : ['server']
    const [views, words] = await Promise.all([this.#liveViews(), this.#words])
    const tables = this.#tables()
    const first = tables.findIndex(({ kind }) => kind === 'lake')
    return { engines, tables: tables.toSpliced(first, 0, ...views, ...this.#mapped()), ...words }
  }

  #tables(): CatalogTable[] {
    const { definitions, tables } = this.#parts
    const streams: CatalogTable[] = []
    const lake: CatalogTable[] = []
    for (const definition of definitions) {
      const table = tables.get(definition.stream)?.events
      if (!table) continue
      const columns = definition.columns.map(({ name, type, required, description }) => ({
        name,
        type,
        isNullable: required !== true,
        ...(description === undefined ? {} : { description }),
      }))
      const described = definition.description ? { description: definition.description } : {}
      const size = sizeOf(table)
      const name = definition.stream
      streams.push({
        schema: '',
        name,
        kind: 'stream',
        ...described,
        columns,
        ...size,
        isLive: true,
      })
      const place = [
        {
          name: '_partition',
          type: 'INTEGER',
          isNullable: false,
          description: 'Partition of the log',
        },
        {
          name: '_offset',
          type: 'BIGINT',
          isNullable: false,
          description: 'Offset in the partition',
        },
      ]
      lake.push({
        schema: 'lake',
        name,
        kind: 'lake',
        description: `What is committed of ${name}, with where in the log it came from`,
        columns: [...columns, ...place],
        ...size,
        isLive: false,
      })
    }
    return [...streams, ...this.#deadLetters(), ...lake]
  }

  async #liveViews(): Promise<CatalogTable[]> {
    const rows = await this.#rows(
      'SELECT name, stream, columns, rows FROM millrace.live_views ORDER BY 1',
    )
    return rows.map(row => {
      const [name, stream, columns, count] = row as [string, string, string, number]
      const described = JSON.parse(columns) as ResultColumn[]
      return {
        schema: 'live',
        name,
        kind: 'live-view',
        description: `A live view over ${stream}`,
        columns: described.map(column => ({ ...column, isNullable: true })),
        rows: count,
        bytes: 0,
        isLive: true,
      }
    })
  }

  #mapped(): CatalogTable[] {
    return this.#parts.mappings().map(({ name, table, columns }) => ({
      schema: 'hbase',
      name,
      kind: 'hbase',
      description: `The table ${table} of HBase`,
      columns: columns.map(({ name: column, type, source }) => ({
        name: column,
        type,
        isNullable: source.from === 'cell' && !source.isRequired,
        ...(source.from === 'key' ? { description: 'Part of the row key' } : {}),
      })),
      rows: 0,
      bytes: 0,
      isLive: false,
    }))
  }

  #deadLetters(): CatalogTable[] {
    const [first] = this.#parts.tables.values()
    if (!first) return []
    return [
      {
        schema: '',
        name: 'dead_letters',
        kind: 'dead-letters',
        description: 'Values that are no rows of their stream, with the reason',
        columns: deadLetterColumns.map(({ name, type }) => ({ name, type, isNullable: false })),
        ...sizeOf(first.deadLetters),
        isLive: true,
      },
    ]
  }

  async #readWords(): Promise<Pick<Catalog, 'functions' | 'keywords'>> {
    const [functions, keywords] = await Promise.all([
      this.#rows(functionsSql),
      this.#rows(keywordsSql),
    ])
    return {
      functions: functions.map(functionOf),
      keywords: [...keywords.map(([keyword]) => String(keyword)), ...ownKeywords],
    }
  }

  async #rows(sql: string): Promise<unknown[][]> {
    const { signal } = new AbortController()
    const result = await this.#parts.engine.run(
      { sql, params: {} },
      { signal, rowsMax: 1e6, timeoutMs },
    )
    let text = ''
    for await (const part of jsonOf(result.messages)) text += part
    return (JSON.parse(text) as { rows: unknown[][] }).rows
  }
}

function functionOf(row: unknown[]): CatalogFunction {
  const [name, kind, signatures, description] = row as [
    string,
    CatalogFunction['kind'],
    string[],
    string | null,
  ]
  return { name, kind, signatures, ...(description === null ? {} : { description }) }
}

/** By the lake's statistics: the live tail comes on top. */
function sizeOf({ snapshot }: DeltaTable): { rows: number; bytes: number } {
  let rows = 0
  let bytes = 0
  for (const { stats, size } of snapshot.files.values()) {
    rows += (JSON.parse(stats ?? '{}') as { numRecords?: number }).numRecords ?? 0
    bytes += size
  }
  return { rows, bytes }
}
