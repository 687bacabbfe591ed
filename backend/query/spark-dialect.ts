import { Failure } from '../base/failure.ts'
import { quoted, SparkExpressions, valueSql } from './spark-expressions.ts'
import {
  fingerprint,
  isColumn,
  type Node,
  nodesOf,
  rewritten,
  type SelectNode,
} from './syntax-tree.ts'

export interface SparkDialectParts {
  /** Functions that DuckDB has. */
  readonly functions: ReadonlySet<string>
  /** What DuckDB calls the column of an expression that has no name. */
  nameOf(node: Node): string | undefined
}

/**
 * Writes a statement of DuckDB as one of Spark.
 * @throws Failure `sql-invalid` for what Spark cannot do, at its place
 */
export function sparkSql(tree: Node, sql: string, parts: SparkDialectParts): string {
  const [statement, another] = tree.statements as { node: Node }[]
  if (statement === undefined) throw new Failure('sql-syntax', 'There is no statement here.')
  if (another) throw new Failure('sql-syntax', 'Only one statement runs at a time.')
  return new SparkDialect(sql, parts).query(statement.node, true)
}

const setOperations: Readonly<Record<string, string>> = {
  ...{ UNION: 'UNION', EXCEPT: 'EXCEPT', INTERSECT: 'INTERSECT' },
}
const qualified = 'millrace_qualified'

class SparkDialect {
  readonly #parts: SparkDialectParts
  readonly #expressions: SparkExpressions

  constructor(sql: string, parts: SparkDialectParts) {
    this.#parts = parts
    this.#expressions = new SparkExpressions({
      ...{ sql, known: parts.functions },
      query: node => this.query(node),
    })
  }

  /** @param isOuter whether its columns are those of the result */
  query(node: Node, isOuter = false): string {
    const tables = ((node.cte_map as { map?: CommonTable[] } | undefined)?.map ?? []).map(each =>
      this.#common(each),
    )
    const isRecursive = tables.some(({ recursive }) => recursive)
    const head =
      tables.length > 0
        ? `WITH ${isRecursive ? 'RECURSIVE ' : ''}${tables.map(({ sql }) => sql).join(', ')} `
        : ''
    return `${head}${this.#body(node, isOuter)}${this.#modifiers(node)}`
  }

  #body(node: Node, isOuter: boolean): string {
    switch (node.type) {
      case 'SELECT_NODE':
        return this.#select(node as SelectNode, isOuter)
      case 'SET_OPERATION_NODE': {
        const operation = setOperations[String(node.setop_type)]
        if (operation === undefined)
          return this.#refuse(
            node,
            'Spark has no UNION BY NAME in SQL.',
            'Name the columns in the same order.',
          )
        const sides = (node.children as Node[] | undefined) ?? [
          node.left as Node,
          node.right as Node,
        ]
        const all = node.setop_all ? ' ALL' : ''
        return sides.map(side => `(${this.query(side, isOuter)})`).join(` ${operation}${all} `)
      }
      case 'RECURSIVE_CTE_NODE': {
        const union = node.union_all ? 'UNION ALL' : 'UNION'
        return `${this.query(node.left as Node, true)} ${union} ${this.query(node.right as Node, true)}`
      }
      default:
        return this.#refuse(node, 'Spark has no such query.')
    }
  }

  #common({ key, value }: CommonTable): { sql: string; recursive: boolean } {
    const names = (value.aliases ?? []).map(quoted)
    const columns = names.length > 0 ? `(${names.join(', ')})` : ''
    const recursive = value.query.node.type === 'RECURSIVE_CTE_NODE'
    return { recursive, sql: `${quoted(key)}${columns} AS (${this.query(value.query.node, true)})` }
  }

  #select(select: SelectNode, isOuter: boolean): string {
    if (select.sample) return this.#refuse(select, 'Spark samples other rows than DuckDB.')
    const list = select.select_list.map(item => this.#item(item, isOuter))
    const { qualify } = select
    if (qualify)
      list.push(`${this.#expressions.sql(withoutAliases(qualify, select))} AS ${qualified}`)
    const distinct = select.modifiers.find(({ type }) => type === 'DISTINCT_MODIFIER')
    const targets = (distinct?.distinct_on_targets ?? []) as Node[]
    if (targets[0])
      return this.#refuse(
        targets[0],
        'Spark has no DISTINCT ON.',
        'Number the rows with row_number() and keep the first of each.',
      )
    const parts = [
      `SELECT ${distinct && !qualify ? 'DISTINCT ' : ''}${list.join(', ')}`,
      ...this.#from(select.from_table),
      ...(select.where_clause ? [`WHERE ${this.#expressions.sql(select.where_clause)}`] : []),
      ...this.#groups(select),
      ...(select.having ? [`HAVING ${this.#expressions.sql(select.having)}`] : []),
    ]
    const sql = parts.join(' ')
    if (!qualify) return sql
    return `SELECT ${distinct ? 'DISTINCT ' : ''}* EXCEPT (${qualified}) FROM (${sql}) WHERE ${qualified}`
  }

  #item(item: Node, isOuter: boolean): string {
    const sql = this.#expressions.sql(item)
    const isStar = item.class === 'STAR'
    const name =
      item.alias || (isOuter && !isColumn(item) && !isStar ? this.#parts.nameOf(item) : '')
    return name ? `${sql} AS ${quoted(name)}` : sql
  }

  #groups(select: SelectNode): string[] {
    const { group_expressions, group_sets, select_list } = select
    if (select.aggregate_handling === 'FORCE_AGGREGATES') return ['GROUP BY ALL']
    if (group_expressions.length === 0) return []
    const expressions = group_expressions.map(each => {
      const item = itemMeant(each, select_list)
      return this.#expressions.sql(item ? { ...item, alias: '' } : each)
    })
    if (group_sets.length === 1) return [`GROUP BY ${expressions.join(', ')}`]
    const sets = group_sets.map(set => `(${set.map(index => expressions[index]).join(', ')})`)
    return [`GROUP BY GROUPING SETS (${sets.join(', ')})`]
  }

  #modifiers(node: Node): string {
    const modifiers = (node.modifiers ?? []) as Node[]
    return modifiers
      .map(modifier => {
        if (modifier.type === 'ORDER_MODIFIER')
          return ` ORDER BY ${this.#expressions.order(modifier.orders)}`
        if (modifier.type === 'LIMIT_MODIFIER') {
          const limit = modifier.limit
            ? ` LIMIT ${this.#expressions.sql(modifier.limit as Node)}`
            : ''
          const offset = modifier.offset
            ? ` OFFSET ${this.#expressions.sql(modifier.offset as Node)}`
            : ''
          return limit + offset
        }
        return modifier.type === 'DISTINCT_MODIFIER'
          ? ''
          : this.#refuse(node, 'Spark has no LIMIT in per cent.')
      })
      .join('')
  }

  #from(table: Node): string[] {
    return table.type === 'EMPTY' ? [] : [`FROM ${this.#table(table)}`]
  }

  #table(table: Node): string {
    if (table.sample) return this.#refuse(table, 'Spark samples other rows than DuckDB.')
    const alias = this.#alias(table)
    switch (table.type) {
      case 'BASE_TABLE': {
        const path = [table.catalog_name, table.schema_name, table.table_name].filter(Boolean)
        return `${path.map(name => quoted(String(name))).join('.')}${alias}`
      }
      case 'SUBQUERY':
        return `(${this.query((table.subquery as { node: Node }).node, true)})${alias}`
      case 'JOIN':
        return this.#join(table)
      case 'EXPRESSION_LIST': {
        const rows = (table.values as Node[][]).map(
          row => `(${row.map(each => this.#expressions.sql(each)).join(', ')})`,
        )
        return `VALUES ${rows.join(', ')}${alias}`
      }
      case 'TABLE_FUNCTION':
        return this.#tableFunction(table, alias)
      case 'PIVOT':
        return `${((table.unpivot_names ?? []) as string[]).length > 0 ? this.#unpivot(table) : this.#pivot(table)}${alias}`
      default:
        return this.#refuse(
          table,
          `Spark has no ${String(table.type).toLowerCase().replaceAll('_', ' ')}.`,
        )
    }
  }

  #alias(table: Node): string {
    const names = ((table.column_name_alias ?? []) as string[]).map(quoted)
    const columns = names.length > 0 ? `(${names.join(', ')})` : ''
    return table.alias ? ` AS ${quoted(table.alias)}${columns}` : ''
  }

  #join(table: Node): string {
    const [left, right] = [this.#table(table.left as Node), this.#table(table.right as Node)]
    const type = String(table.join_type)
    if (table.ref_type === 'ASOF') {
      return this.#refuse(
        table,
        'Spark has no ASOF JOIN.',
        'Join on the range, and keep the latest row with row_number().',
      )
    }
    if (table.ref_type === 'POSITIONAL') return this.#refuse(table, 'Spark has no POSITIONAL JOIN.')
    if (table.ref_type === 'CROSS') return `${left} CROSS JOIN ${right}`
    const natural = table.ref_type === 'NATURAL' ? 'NATURAL ' : ''
    const using = ((table.using_columns ?? []) as string[]).map(quoted)
    const condition = table.condition
      ? ` ON ${this.#expressions.sql(table.condition as Node)}`
      : using.length > 0
        ? ` USING (${using.join(', ')})`
        : ''
    const kind = type === 'OUTER' ? 'FULL OUTER' : type
    return `${left} ${natural}${kind} JOIN ${right}${condition}`
  }

  #tableFunction(table: Node, alias: string): string {
    const call = table.function as Node
    const name = String(call.function_name)
    if (!['range', 'generate_series', 'unnest'].includes(name)) {
      return this.#refuse(call, `Spark has no table function ${name}().`)
    }
    const column = quoted(((table.column_name_alias ?? []) as string[])[0] ?? name)
    const called = table.alias ? alias : ` AS ${quoted(name)}`
    const args = ((call.children ?? []) as Node[]).map(each => this.#expressions.sql(each))
    if (name === 'unnest') return `(SELECT explode(${args[0]}) AS ${column})${called}`
    // Spark's range ends before its end, as DuckDB's does, and generate_series holds it.
    const [first, last = first, ...step] = args.length === 1 ? ['0', ...args] : args
    const end = name === 'range' ? last : `${last} + 1`
    const range = `range(${[first, end, ...step].join(', ')})`
    return `(SELECT id AS ${column} FROM ${range})${called}`
  }

  #unpivot(table: Node): string {
    const [{ unpivot_names: names = [], entries = [] } = {}] = table.pivots as PivotNode[]
    const [value = ''] = table.unpivot_names as string[]
    const columns = entries.flatMap(({ values }) =>
      values.map(each => quoted(String((each as { value?: unknown }).value))),
    )
    const nulls = table.include_nulls ? ' INCLUDE NULLS' : ''
    const source = `SELECT * FROM ${this.#table(table.source as Node)}`
    return `(SELECT * FROM (${source}) UNPIVOT${nulls} (${quoted(value)} FOR ${quoted(names[0] ?? '')} IN (${columns.join(', ')})))`
  }

  /** One aggregate with a FILTER for each value. */
  #pivot(table: Node): string {
    const pivots = table.pivots as PivotNode[]
    const [pivot, another] = pivots
    const groups = ((table.groups ?? []) as string[]).map(quoted)
    const [on] = pivot?.pivot_expressions ?? []
    if (!pivot || another || !on || groups.length === 0 || !pivot.entries) {
      return this.#refuse(
        table,
        'Spark can only PIVOT ON one expression, with its values and with GROUP BY.',
      )
    }
    const aggregates = table.aggregates as Node[]
    const columns = pivot.entries.flatMap(({ values, alias }) =>
      aggregates.map(aggregate => {
        const [value] = values
        const filter = `${this.#expressions.sql(on)} = ${valueSql(value)}`
        const called = alias || String((value as { value?: unknown }).value)
        const suffix =
          aggregate.alias || (aggregates.length > 1 ? (this.#parts.nameOf(aggregate) ?? '') : '')
        const name = suffix ? `${called}_${suffix}` : called
        return `${this.#expressions.sql(aggregate)} FILTER (WHERE ${filter}) AS ${quoted(name)}`
      }),
    )
    return `(SELECT ${[...groups, ...columns].join(', ')} FROM ${this.#table(table.source as Node)} GROUP BY ${groups.join(', ')})`
  }

  #refuse(node: Node, detail: string, hint?: string): never {
    return this.#expressions.refuse(node, detail, hint)
  }
}

interface CommonTable {
  readonly key: string
  readonly value: { readonly aliases?: readonly string[]; readonly query: { readonly node: Node } }
}

interface PivotNode {
  readonly pivot_expressions?: readonly Node[]
  readonly unpivot_names?: readonly string[]
  readonly entries?: readonly { readonly values: readonly unknown[]; readonly alias?: string }[]
}

/** The item of the select list that a GROUP BY means by its number. */
function itemMeant(expression: Node, list: readonly Node[]): Node | undefined {
  const number = (expression.value as { value?: unknown } | undefined)?.value
  if (expression.type === 'VALUE_CONSTANT' && Number.isInteger(number))
    return list[Number(number) - 1]
  return undefined
}

/**
 * Names that only the select list gives, as what they stand for: Spark knows none in a window. What is named in another
 * place as well may be a column.
 */
function withoutAliases(node: Node, { select_list, where_clause }: SelectNode): Node {
  const nameIn = (each: Node): string | undefined =>
    isColumn(each) ? each.column_names.at(-1)?.toLowerCase() : undefined
  const columns = new Set([...nodesOf([select_list, where_clause])].map(nameIn))
  return rewritten(node, each => {
    const name = nameIn(each)
    if (name === undefined || columns.has(name)) return undefined
    const item = select_list.find(({ alias }) => alias?.toLowerCase() === name)
    return item && { ...item, alias: '' }
  }) as Node
}

/** Expressions whose columns DuckDB names by what they say. */
export function unnamedItems(tree: Node): Node[] {
  const found = new Map<string, Node>()
  for (const node of nodesOf(tree)) {
    const items = [...((node.select_list ?? []) as Node[]), ...((node.aggregates ?? []) as Node[])]
    for (const item of items) {
      if (!item.alias && !isColumn(item) && item.class !== 'STAR')
        found.set(fingerprint(item), item)
    }
  }
  return [...found.values()]
}
