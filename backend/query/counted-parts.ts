import {
  columnNode,
  cteNames,
  emptySelect,
  type Node,
  rewritten,
  type SelectNode,
  schemaOf,
} from './syntax-tree.ts'

/**
 * Has SELECTs that do no more than count all rows of a stream add up the counts of its history and of its tail. DuckDB
 * takes the former from the footers of files, and below a union it reads a column of every row instead.
 * @returns the node of the one statement; undefined when it has no such SELECT
 */
export function countedByParts(tree: Node, streams: readonly string[]): Node | undefined {
  const [statement, another] = tree.statements as readonly { readonly node: Node }[]
  if (statement === undefined || another !== undefined) return undefined
  const names = new Set(streams.map(stream => stream.toLowerCase()))
  for (const name of cteNames(statement.node)) names.delete(name)
  let isCounted = false
  const counted = rewritten(statement.node, node => {
    if (!isPlainSelect(node) || !isWholeTable(node.from_table, names)) return undefined
    if (node.select_list.length === 0 || !node.select_list.every(isRowCount)) return undefined
    isCounted = true
    return {
      ...node,
      select_list: node.select_list.map(sumOf),
      from_table: countsOf(node.from_table, node.select_list[0] as Node),
    }
  }) as Node
  return isCounted ? counted : undefined
}

function isPlainSelect(node: Node): node is SelectNode {
  if (node.type !== 'SELECT_NODE') return false
  const { where_clause, group_sets, modifiers, having, qualify, sample } = node as SelectNode
  const isNarrowed = where_clause ?? having ?? qualify ?? sample
  return !isNarrowed && group_sets.length === 0 && modifiers.length === 0
}

function isWholeTable(from: Node, names: ReadonlySet<string>): boolean {
  if (from.type !== 'BASE_TABLE' || schemaOf(from) !== '' || from.catalog_name !== '') return false
  return names.has(String(from.table_name).toLowerCase()) && !from.sample && !from.at_clause
}

function isRowCount(node: Node): boolean {
  return node.function_name === 'count_star' && node.type === 'FUNCTION' && !node.filter
}

/** Under the name that DuckDB gives to the count. */
function sumOf(count: Node): Node {
  const sum = { ...count, alias: '', function_name: 'sum', children: [columnNode('rows')] }
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: count.alias || 'count_star()',
    child: sum,
    cast_type: { id: 'BIGINT', type_info: null },
    try_cast: false,
  }
}

/** Two rows, of the history and of the tail. */
function countsOf(table: Node, count: Node): Node {
  const countIn = (schema: string): Node => ({
    ...emptySelect,
    select_list: [{ ...count, alias: 'rows' }],
    from_table: { ...table, schema_name: schema, alias: '' },
  })
  const union = {
    type: 'SET_OPERATION_NODE',
    setop_type: 'UNION',
    setop_all: true,
    left: countIn('lake'),
    right: countIn('tail'),
    modifiers: [],
    cte_map: { map: [] },
  }
  return {
    type: 'SUBQUERY',
    alias: '',
    sample: null,
    subquery: { node: union, named_param_map: [] },
    column_name_alias: [],
  }
}
