import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import type { KeyCondition, KeyConditions } from '../../live/key-ranges.ts'
import { isKeyPart, type MappedColumn, type TableMapping } from '../../live/table-mapping.ts'
import type { CodedValue } from '../../live/value-codec.ts'
import { type ColumnTerm, type ComparedValue, narrowingTerms } from '../column-predicates.ts'
import { explainedSql } from '../explained.ts'
import type { Statement } from '../query-engine.ts'
import { duckDbValue } from '../reading-statement.ts'
import { isAnyTable } from '../refused-calls.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import { calledName } from '../sql-functions.ts'
import type { StatementReader } from '../statement-reads.ts'
import {
  columnsIn,
  expressionSql,
  type Node,
  nodesOf,
  parametersIn,
  type SelectNode,
} from '../syntax-tree.ts'

type KeyTerm = ColumnTerm<MappedColumn>
type KeyValue = ComparedValue<MappedColumn>

/** What a statement needs of a table of HBase. */
export interface MappedNeed {
  readonly mapping: TableMapping
  /** Names of columns whose values are used; rows are needed in any case. */
  readonly columns: readonly string[]
  /** Rows that fulfil one of them are needed; undefined: all rows. */
  readonly alternatives: readonly KeyConditions[] | undefined
  readonly rowsMax: number | undefined
}

const wholeTypes: readonly string[] = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']

/** Reads in a statement which rows and columns of tables of HBase it needs. */
export class MappedNeeds {
  readonly #functions: SqlFunctions
  readonly #reader: StatementReader
  readonly #mappings: ReadonlyMap<string, TableMapping>

  constructor(
    functions: SqlFunctions,
    reader: StatementReader,
    mappings: ReadonlyMap<string, TableMapping>,
  ) {
    this.#functions = functions
    this.#reader = reader
    this.#mappings = mappings
  }

  async of(connection: DuckDBConnection, statement: Statement): Promise<MappedNeed[]> {
    if (!/\bhbase\b/i.test(statement.sql)) return []
    const sql = explainedSql(statement.sql) ?? statement.sql
    const tree = await this.#reader.treeOf(connection, sql)
    const nodes = [...nodesOf(tree)]
    if (tree === undefined || nodes.some(isAnyTable)) return this.#byName(sql)
    const named = nodes.filter(node => this.#mappingOf(node) !== undefined)
    const terms = narrowingTerms(nodes, node => this.#tableOf(node), this.#functions)
    const values = await this.#evaluated(connection, [...terms.values()].flat(2), statement)
    const [first, another] = named
    const rowsMax = another ? undefined : firstRows(tree, { of: first, nodes }, this.#functions)
    const columns = columnsIn(nodes)
    const needs: MappedNeed[] = []
    for (const mapping of new Set(named.flatMap(node => this.#mappingOf(node) ?? []))) {
      const own = named.filter(node => this.#mappingOf(node) === mapping)
      const lists = own.map(node => terms.get(node)?.map(each => conditionsOf(each, values)))
      const isAll = lists.some(list => list === undefined || list.some(each => each.size === 0))
      const used = columns && mapping.columns.filter(({ name }) => columns.has(name.toLowerCase()))
      const isWhole = own.some(node => columns?.has(aliasOf(node)))
      needs.push({
        mapping,
        columns: (isWhole ? undefined : used)?.map(({ name }) => name) ?? namesOf(mapping),
        alternatives: isAll ? undefined : lists.flatMap(list => list ?? []),
        rowsMax,
      })
    }
    return needs
  }

  /**
   * The tables of a statement without a tree, such as a PIVOT that finds its columns in the data, or of one that takes
   * their names from strings: with all that they have.
   */
  #byName(sql: string): MappedNeed[] {
    const needs: MappedNeed[] = []
    for (const [, quoted, plain] of sql.matchAll(/\bhbase"?\s*\.\s*(?:"([^"]+)"|(\w+))/gi)) {
      const mapping = this.#mappings.get((quoted ?? plain ?? '').toLowerCase())
      if (mapping === undefined || needs.some(need => need.mapping === mapping)) continue
      const columns = namesOf(mapping)
      needs.push({ mapping, columns, alternatives: undefined, rowsMax: undefined })
    }
    return needs
  }

  #mappingOf(node: Node): TableMapping | undefined {
    if (node.type !== 'BASE_TABLE') return undefined
    if (String(node.schema_name).toLowerCase() !== 'hbase') return undefined
    return this.#mappings.get(String(node.table_name).toLowerCase())
  }

  #tableOf(node: Node) {
    const mapping = this.#mappingOf(node)
    return mapping && { schema: 'hbase', columns: mapping.columns, isNarrowing: isKeyPart }
  }

  async #evaluated(
    connection: DuckDBConnection,
    terms: readonly KeyTerm[],
    statement: Statement,
  ): Promise<Map<KeyValue, CodedValue>> {
    const found = new Map<KeyValue, CodedValue>()
    const compared: KeyValue[] = []
    for (const value of terms.flatMap(({ values }) => values)) {
      const constant = constantOf(value)
      if (constant === undefined) compared.push(value)
      else found.set(value, constant)
    }
    if (compared.length === 0) return found
    const expressions = await Promise.all(
      compared.map(async ({ node, column }) => {
        const sql = await expressionSql(connection, node)
        return `typeof(${sql}), ${comparableSql(sql, column)}`
      }),
    )
    const used = compared.flatMap(({ node }) => parametersIn(node))
    const params: Record<string, DuckDBValue> = {}
    for (const name of used) {
      const value = statement.params[name]
      if (value === undefined) return found
      params[name] = duckDbValue(value)
    }
    const read = await connection
      .runAndReadAll(`SELECT ${expressions.join(', ')}`, params)
      .catch(() => undefined)
    const [row = []] = read?.getRows() ?? []
    for (const [index, each] of compared.entries()) {
      const [type, value] = [String(row[2 * index]), row[2 * index + 1]]
      if (value === null || value === undefined || !isComparable(type, each.column)) continue
      found.set(each, codedValue(value, each.column))
    }
    return found
  }
}

/** A whole number or a text that stands in the statement as it is compared. */
function constantOf({ node, column }: KeyValue): CodedValue | undefined {
  const { value, type } = (node.value ?? {}) as { value?: unknown; type?: { id?: string } }
  if (node.type !== 'VALUE_CONSTANT') return undefined
  const isWhole = type?.id === 'INTEGER' && Number.isSafeInteger(value)
  if (wholeTypes.includes(column.type) && isWhole) return BigInt(value as number)
  return column.type === 'VARCHAR' && type?.id === 'VARCHAR' ? String(value) : undefined
}

/** An expression as what keys are compared with; NULL where it is none. */
function comparableSql(sql: string, { type }: MappedColumn): string {
  if (type === 'TIMESTAMP') return `epoch_ms(TRY_CAST(${sql} AS TIMESTAMP))`
  if (type === 'DATE') return `(TRY_CAST(${sql} AS DATE) - DATE '1970-01-01')::BIGINT`
  if (type === 'UUID') return `replace(TRY_CAST(${sql} AS UUID)::VARCHAR, '-', '')`
  if (type === 'BLOB') return `hex(TRY_CAST(${sql} AS BLOB))`
  if (type === 'VARCHAR') return `TRY_CAST(${sql} AS VARCHAR)`
  return wholeTypes.includes(type) ? `TRY_CAST(${sql} AS BIGINT)` : 'NULL'
}

/** Whether DuckDB compares a value of that type with the column as the bytes of keys are compared. */
function isComparable(valueType: string, { type }: MappedColumn): boolean {
  if (type === 'VARCHAR' || type === 'BLOB') return valueType === type
  if (type === 'UUID') return valueType === 'UUID' || valueType === 'VARCHAR'
  if (type === 'DATE' || type === 'TIMESTAMP') return /^(VARCHAR|DATE|TIMESTAMP.*)$/.test(valueType)
  return /INT|^DECIMAL|^VARCHAR$/.test(valueType)
}

function codedValue(value: DuckDBValue, { type }: MappedColumn): CodedValue {
  if (type === 'UUID' || type === 'BLOB') return Buffer.from(String(value), 'hex')
  return value as bigint | string
}

function conditionsOf(
  terms: readonly KeyTerm[],
  values: ReadonlyMap<KeyValue, CodedValue>,
): KeyConditions {
  const conditions = new Map<string, KeyCondition>()
  for (const { column, is, values: compared } of terms) {
    const coded = compared.map(each => values.get(each))
    const known = coded.filter(each => each !== undefined)
    const [first] = known
    if (first === undefined || known.length < coded.length) continue
    const before = conditions.get(column) ?? {}
    if (is === 'equals') conditions.set(column, { ...before, equals: before.equals ?? known })
    else if (is === 'prefix') conditions.set(column, { ...before, prefix: String(first) })
    else conditions.set(column, { ...before, [is]: before[is] ?? widened(first, is, compared[0]) })
  }
  return conditions
}

/** Times of the key have milliseconds where DuckDB has microseconds, rounded towards 1970. */
function widened(value: CodedValue, is: 'from' | 'to', compared?: KeyValue): CodedValue {
  if (typeof value !== 'bigint' || compared?.column.type !== 'TIMESTAMP') return value
  return is === 'from' ? value - 1n : value + 1n
}

/** How many rows of a table are enough for a plain SELECT from it with a LIMIT; undefined where all are needed. */
function firstRows(
  tree: Node,
  { of, nodes }: { readonly of: Node | undefined; readonly nodes: readonly Node[] },
  { aggregates }: SqlFunctions,
): number | undefined {
  const [{ node } = {}] = (tree.statements ?? []) as { node?: SelectNode }[]
  if (node?.type !== 'SELECT_NODE' || node.from_table !== of) return undefined
  const { where_clause, having, qualify, sample, group_expressions, modifiers } = node
  const isGrouped = group_expressions.length > 0 || node.aggregate_handling !== 'STANDARD_HANDLING'
  const isPlain = !where_clause && !having && !qualify && !sample && !isGrouped
  const [limit, another] = modifiers
  if (!isPlain || node.from_table.sample || another || limit?.type !== 'LIMIT_MODIFIER') {
    return undefined
  }
  const changesRows = (each: Node): boolean =>
    ['WINDOW', 'SUBQUERY'].includes(String(each.class)) ||
    aggregates.has(calledName(each) ?? '') ||
    calledName(each) === 'unnest'
  if (nodes.some(changesRows)) return undefined
  const [rows, skipped] = [wholeNumber(limit.limit), limit.offset ? wholeNumber(limit.offset) : 0]
  return rows === undefined || skipped === undefined ? undefined : rows + skipped
}

function wholeNumber(value: unknown): number | undefined {
  const node = value as Node | null
  const constant = (node?.value as { value?: unknown } | undefined)?.value
  return node?.type === 'VALUE_CONSTANT' && Number.isSafeInteger(constant)
    ? Number(constant)
    : undefined
}

function aliasOf(node: Node): string {
  return String(node.alias || node.table_name).toLowerCase()
}

function namesOf({ columns }: TableMapping): string[] {
  return columns.map(({ name }) => name)
}
