import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../../base/sql.ts'
import { keyRanges } from '../../live/key-ranges.ts'
import { type MappedRequest, neededCells } from '../../live/mapped-reader.ts'
import { keyParts } from '../../live/table-mapping.ts'
import { explainedSql, isPlanOnly } from '../explained.ts'
import type { Statement } from '../query-engine.ts'
import { prepareReading } from '../reading-statement.ts'
import type { MappedNeed, MappedNeeds } from './mapped-needs.ts'
import { type MappedRelations, printed } from './mapped-relations.ts'

export interface MappedStatementParts {
  readonly relations: MappedRelations
  readonly needs: MappedNeeds
}

/** Brings a statement the rows of tables of HBase that it reads, on a connection of its own. */
export class MappedStatement {
  readonly #parts: MappedStatementParts
  readonly #connection: DuckDBConnection
  #needs: readonly MappedNeed[] = []
  #isPlanOnly = false
  #lines: string[] = []

  constructor(parts: MappedStatementParts, connection: DuckDBConnection) {
    this.#parts = parts
    this.#connection = connection
  }

  /** Whether it reads such a table: then its answer can be another one at any time. */
  get readsAny(): boolean {
    return this.#needs.length > 0
  }

  /** Finds out what it needs; to be called before its transaction. */
  async prepare(statement: Statement): Promise<void> {
    const { relations, needs } = this.#parts
    this.#isPlanOnly = isPlanOnly(statement.sql)
    this.#needs = await needs.of(this.#connection, statement)
    for (const { mapping } of this.#needs) await relations.prepareFor(this.#connection, mapping)
  }

  /** @param read asks for rows, which come packed and are there until the transaction is rolled back */
  async load(read: (request: MappedRequest) => AsyncIterable<Buffer>): Promise<void> {
    this.#lines = []
    for (const { mapping, alternatives, rowsMax, columns } of this.#needs) {
      const cells = neededCells(mapping, columns)
      const request = { mapping, cells, alternatives, rowsMax }
      let found = ''
      if (this.#isPlanOnly) await this.#parts.relations.loadNone(this.#connection, mapping)
      else {
        const packs = read(request)
        const rows = await this.#parts.relations.load(this.#connection, mapping, { cells, packs })
        found = `, ${rows.toLocaleString('en')} rows found`
      }
      this.#lines.push(`hbase.${mapping.name} from ${mapping.table}: ${wayOf(request)}${found}`)
    }
  }

  /** An EXPLAIN as a statement whose result also says how tables of HBase are read; any other one as it is. */
  async explained(statement: Statement): Promise<Statement> {
    if (this.#lines.length === 0 || explainedSql(statement.sql) === undefined) return statement
    const prepared = await prepareReading(this.#connection, statement)
    const plan = await prepared.runAndReadAll()
    const rows = [...this.#lines.map(line => ['hbase', line]), ...plan.getRowsJS()]
    const values = rows.map(
      ([key, value]) => `(${literal(String(key))}, ${literal(String(value))})`,
    )
    const sql = `FROM (VALUES ${values.join(', ')}) AS plan(explain_key, explain_value)`
    return { sql, params: {} }
  }
}

/** How the rows are read, in words. */
function wayOf({ mapping, cells, alternatives, rowsMax }: MappedRequest): string {
  const ranges = alternatives && keyRanges(mapping, alternatives)
  const reading = cells.length > 0 ? cells.join(', ') : 'all cells'
  if (ranges === undefined) {
    const [first] = keyParts(mapping)
    const most = rowsMax === undefined ? 'all rows' : `the first ${rowsMax} rows`
    const why = rowsMax === undefined ? `, for nothing narrows ${first?.name}` : ''
    return `scan of ${most}${why}; ${reading}`
  }
  const gets = ranges.filter(({ isRow }) => isRow)
  const scans = ranges.filter(({ isRow }) => !isRow)
  const parts: string[] = []
  if (gets.length > 0)
    parts.push(gets.length === 1 ? 'get of 1 row' : `gets of ${gets.length} rows`)
  if (scans.length > 0) {
    const shown = scans
      .slice(0, 3)
      .map(({ start, end }) => `[${printed(start)}, ${end ? printed(end) : '…'})`)
    const more = scans.length > 3 ? ', …' : ''
    parts.push(
      `scan of ${scans.length} ${scans.length === 1 ? 'range' : 'ranges'} ${shown.join(', ')}${more}`,
    )
  }
  return `${parts.join(' and ') || 'no row can fulfil it'}; ${reading}`
}
