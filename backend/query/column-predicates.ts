import { calledName, type SqlFunctions } from './sql-functions.ts'
import { isColumn, type Node, nodesOf, type SelectNode } from './syntax-tree.ts'

interface NamedColumn {
  readonly name: string
}

/** A table of which a part can be read, by what is asked of some of its columns. */
export interface NarrowedTable<C extends NamedColumn> {
  /** The schema's name, as columns may be called by it. */
  readonly schema: string
  /** All of them: a name that several tables have is nobody's. */
  readonly columns: readonly C[]
  isNarrowing(column: C): boolean
}

/** An expression without columns, and the column that it is compared with. */
export interface ComparedValue<C extends NamedColumn> {
  readonly node: Node
  readonly column: C
}

/** What a WHERE says of one column. */
export interface ColumnTerm<C extends NamedColumn> {
  readonly column: string
  readonly is: TermKind
  readonly values: readonly ComparedValue<C>[]
}

type TermKind = 'equals' | 'from' | 'to' | 'prefix'

/** Terms that hold at once; of several such lists one holds. */
type Alternatives<C extends NamedColumn> = readonly (readonly OwnedTerm<C>[])[]
type OwnedTerm<C extends NamedColumn> = ColumnTerm<C> & { readonly table: Node }

/** Such a table where a statement names it. */
interface NamedTable<C extends NamedColumn> extends NarrowedTable<C> {
  readonly node: Node
  readonly alias: string
}

const alternativesMax = 1_000
const anything = [[]] as const

/** Of the clock: at least as late when the statement runs as they were before. */
const clock = ['now', 'get_current_timestamp', 'transaction_timestamp', 'today', 'current_date']

const comparisons: Readonly<Record<string, readonly [TermKind, TermKind]>> = {
  COMPARE_EQUAL: ['equals', 'equals'],
  COMPARE_GREATERTHAN: ['from', 'to'],
  COMPARE_GREATERTHANOREQUALTO: ['from', 'to'],
  COMPARE_LESSTHAN: ['to', 'from'],
  COMPARE_LESSTHANOREQUALTO: ['to', 'from'],
}

/**
 * What the SELECTs among the nodes ask of the tables in their FROM: table → the terms of each alternative. Tables of which
 * any row may be needed are missing.
 */
export function narrowingTerms<C extends NamedColumn>(
  nodes: readonly Node[],
  tableOf: (node: Node) => NarrowedTable<C> | undefined,
  functions: SqlFunctions,
): Map<Node, ColumnTerm<C>[][]> {
  const terms = new Map<Node, ColumnTerm<C>[][]>()
  for (const node of nodes) {
    if (node.type !== 'SELECT_NODE') continue
    const select = node as SelectNode
    const predicates = new ColumnPredicates(select, tableOf, functions)
    for (const [table, own] of predicates.of(select.where_clause)) terms.set(table, own)
  }
  return terms
}

/** Finds out which rows of a table a SELECT can use, by what its WHERE says of the columns that can narrow it. */
class ColumnPredicates<C extends NamedColumn> {
  readonly #functions: SqlFunctions
  readonly #tables: readonly NamedTable<C>[]

  constructor(
    select: SelectNode,
    tableOf: (node: Node) => NarrowedTable<C> | undefined,
    functions: SqlFunctions,
  ) {
    this.#functions = functions
    this.#tables = narrowable(select.from_table).flatMap(node => {
      const table = tableOf(node)
      return table ? [{ ...table, node, alias: String(node.alias || node.table_name) }] : []
    })
  }

  of(where: Node | null): Map<Node, ColumnTerm<C>[][]> {
    const alternatives = where ? this.#alternatives(where) : anything
    const found = new Map<Node, ColumnTerm<C>[][]>()
    for (const { node } of this.#tables) {
      const own = alternatives.map(terms => terms.filter(({ table }) => table === node))
      if (own.every(terms => terms.length > 0)) found.set(node, own)
    }
    return found
  }

  #alternatives(node: Node): Alternatives<C> {
    const children = (node.children ?? []) as Node[]
    if (node.type === 'CONJUNCTION_AND') {
      return children
        .map(child => this.#alternatives(child))
        .reduce<Alternatives<C>>(both, anything)
    }
    if (node.type === 'CONJUNCTION_OR') {
      const all = children.flatMap(child => this.#alternatives(child))
      return all.length > alternativesMax ? anything : all
    }
    const terms = this.#terms(node)
    return terms.length > 0 ? [terms] : anything
  }

  #terms(node: Node): OwnedTerm<C>[] {
    const comparison = comparisons[String(node.type)]
    if (comparison) {
      const [left, right] = [node.left as Node, node.right as Node]
      return [
        ...this.#term(left, comparison[0], [right]),
        ...this.#term(right, comparison[1], [left]),
      ]
    }
    const children = (node.children ?? []) as Node[]
    const [first, ...rest] = children
    if (node.type === 'COMPARE_BETWEEN') {
      const input = node.input as Node
      return [
        ...this.#term(input, 'from', [node.lower as Node]),
        ...this.#term(input, 'to', [node.upper as Node]),
      ]
    }
    if (first === undefined) return []
    if (node.type === 'COMPARE_IN') return this.#term(first, 'equals', rest)
    const called = node.type === 'FUNCTION' ? String(node.function_name) : ''
    if (['starts_with', 'prefix', '^@'].includes(called)) return this.#term(first, 'prefix', rest)
    if (called === '~~' && rest[0]) return this.#likeTerm(first, rest[0])
    return []
  }

  #likeTerm(column: Node, pattern: Node): OwnedTerm<C>[] {
    const { value } = (pattern.value ?? {}) as { value?: unknown }
    if (pattern.type !== 'VALUE_CONSTANT' || typeof value !== 'string') return []
    const [fixed = ''] = /^[^%_\\]*/.exec(value) ?? []
    if (fixed === value) return this.#term(column, 'equals', [pattern])
    const node = { ...pattern, value: { ...(pattern.value as object), value: fixed } }
    return fixed === '' ? [] : this.#term(column, 'prefix', [node])
  }

  #term(side: Node, is: TermKind, values: readonly Node[]): OwnedTerm<C>[] {
    const found = this.#narrowingColumn(side)
    if (found === undefined || !values.every(value => this.#isFixed(value, is))) return []
    const { column, table } = found
    return [{ table, column: column.name, is, values: values.map(node => ({ node, column })) }]
  }

  #narrowingColumn(node: Node): { column: C; table: Node } | undefined {
    if (!isColumn(node)) return undefined
    const path = node.column_names.map(name => name.toLowerCase())
    const [name, alias, schema] = path.toReversed()
    const found = this.#tables.flatMap(table => {
      if (schema !== undefined && schema !== table.schema) return []
      if (alias !== undefined && alias !== table.alias.toLowerCase()) return []
      const column = table.columns.find(each => each.name.toLowerCase() === name)
      return column ? [{ column, table }] : []
    })
    const [only, another] = found
    if (only === undefined || another || !only.table.isNarrowing(only.column)) return undefined
    return { column: only.column, table: only.table.node }
  }

  /** Whether it has the same value for every row, and when the statement runs. */
  #isFixed(value: Node, is: TermKind): boolean {
    for (const node of nodesOf(value)) {
      const called = calledName(node)
      if (called !== undefined) {
        const isClock = clock.includes(called) && is === 'from'
        if (this.#functions.volatile.has(called) && !isClock) return false
        if (this.#functions.aggregates.has(called)) return false
      } else if (isColumn(node)) return false
      if (['SUBQUERY', 'WINDOW', 'LAMBDA', 'STAR'].includes(String(node.class))) return false
    }
    return true
  }
}

/**
 * The tables in a FROM that may be read without the rows that the WHERE throws away: not those whose rows have to be
 * counted, sampled, or compared with one another first.
 */
function narrowable(from: Node): Node[] {
  if (from.type === 'BASE_TABLE') {
    const isPlain = !from.sample && ((from.column_name_alias ?? []) as unknown[]).length === 0
    return isPlain ? [from] : []
  }
  if (from.type !== 'JOIN' || from.sample) return []
  const [left, right] = [from.left as Node, from.right as Node]
  if (from.ref_type === 'POSITIONAL') return []
  const isRightSeen = from.ref_type !== 'ASOF' && !['SEMI', 'ANTI'].includes(String(from.join_type))
  return [...narrowable(left), ...(isRightSeen ? narrowable(right) : [])]
}

function both<C extends NamedColumn>(
  one: Alternatives<C>,
  other: Alternatives<C>,
): Alternatives<C> {
  if (one.length * other.length > alternativesMax) return one.length < other.length ? one : other
  return one.flatMap(terms => other.map(more => [...terms, ...more]))
}
