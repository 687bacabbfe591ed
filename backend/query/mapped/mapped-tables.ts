import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Log } from '../../base/log.ts'
import { literal } from '../../base/sql.ts'
import { tableOutcomeColumns } from '../../contract/query.ts'
import { DefinitionStore } from '../../live/definition-store.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { type MappedReader, neededCells } from '../../live/mapped-reader.ts'
import { keyParts, type TableMapping } from '../../live/table-mapping.ts'
import { type DefinitionEngine, Definitions } from '../definitions.ts'
import { RowDecoder } from './mapped-relations.ts'
import { mappingStatementOf } from './mapping-statement.ts'

export interface MappedTablesParts {
  readonly liveStore: LiveStore
  readonly reader: MappedReader
  readonly engine: DefinitionEngine<TableMapping>
  readonly clock: Clock
  readonly log: Log
  /** Statements find other tables than before. */
  onChange(): void
}

const checkedRows = 100

/** Maps tables of HBase to tables of SQL, and follows the mappings that other processes make and drop. */
export class MappedTables {
  readonly #parts: MappedTablesParts
  readonly #definitions: Definitions<TableMapping>

  constructor(parts: MappedTablesParts) {
    this.#parts = parts
    const { liveStore, reader: _, ...rest } = parts
    this.#definitions = new Definitions({
      ...rest,
      store: new DefinitionStore(liveStore, 'hbase_tables', parts.clock),
      words: { kind: 'HBase table', other: 'another mapping' },
      codes: { exists: 'table-exists', unknown: 'unknown-table' },
      isSame: (one, other) => essence(one) === essence(other),
    })
  }

  start(): Promise<void> {
    return this.#definitions.start()
  }

  close(): Promise<void> {
    return this.#definitions.close()
  }

  /** Those that statements see, by name. */
  all(): TableMapping[] {
    return this.#definitions.all()
  }

  /**
   * Does what a statement says of tables of HBase, and gives one that reads the outcome; any other statement comes back as
   * it is.
   * @throws Failure `table-exists`, `unknown-table`, and what is wrong with a mapping
   */
  async resolved(sql: string): Promise<string> {
    const statement = mappingStatementOf(sql)
    if (statement === undefined) return sql
    if (statement.kind === 'show') return this.#list()
    if (statement.kind === 'drop') {
      const { name, ifThere } = statement
      return outcomeSql(name, await this.#definitions.drop(name, ifThere))
    }
    await this.#check(statement.mapping)
    const { name } = statement.mapping
    return outcomeSql(name, await this.#definitions.create(statement.mapping, statement))
  }

  /** Holds a mapping against the table: its families, and the first of its rows. */
  async #check(wanted: Omit<TableMapping, 'id'>): Promise<void> {
    const mapping = { ...wanted, id: '' }
    const { reader } = this.#parts
    const families = await reader.familiesOf(mapping.table)
    for (const { name, source } of mapping.columns) {
      if (source.from !== 'cell') continue
      const family = source.cell.slice(0, source.cell.indexOf(':'))
      if (families.includes(family)) continue
      throw new Failure('sql-invalid', `${name}: ${mapping.table} has no family ${family}.`, {
        hint: `Its families are ${families.join(', ')}.`,
      })
    }
    const cells = neededCells(
      mapping,
      mapping.columns.map(({ name }) => name),
    )
    const decoder = new RowDecoder(mapping, cells)
    const { signal } = new AbortController()
    const request = { mapping, cells, alternatives: undefined, rowsMax: checkedRows }
    for await (const row of reader.rows(request, signal)) decoder.decode(row)
  }

  #list(): string {
    const rows = this.all().map(mapping => {
      const key = keyParts(mapping).map(({ name }) => name)
      const columns = mapping.columns.map(({ name, type }) => `${name} ${type}`)
      const values = [mapping.name, mapping.table, key.join(', '), columns.join(', ')]
      return `(${values.map(literal).join(', ')})`
    })
    const none = '(NULL, NULL, NULL, NULL)'
    return `SELECT * FROM (VALUES ${rows.join(', ') || none}) AS list(name, hbase_table, key, columns) WHERE name IS NOT NULL`
  }
}

function essence({ table, versionsMax, columns }: Omit<TableMapping, 'id'>): string {
  return JSON.stringify([table, versionsMax, columns])
}

function outcomeSql(name: string, outcome: string): string {
  const [tableColumn, outcomeColumn] = tableOutcomeColumns
  return `SELECT ${literal(name)} AS ${tableColumn}, ${literal(outcome)} AS ${outcomeColumn}`
}
