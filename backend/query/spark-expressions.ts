import { Failure } from '../base/failure.ts'
import { placeAt } from '../contract/duckdb-error.ts'
import { hasSparkFunction, type SparkCall, text, translated } from './spark-functions.ts'
import { isColumn, type Node } from './syntax-tree.ts'

/** A type in the syntax tree. */
interface TypeNode {
  readonly id: string
  readonly type_info?: {
    readonly width?: number
    readonly scale?: number
    readonly child_type?: TypeNode
    readonly child_types?: readonly { readonly first: string; readonly second: TypeNode }[]
  } | null
}

export interface ExpressionContext {
  /** The statement, for the places of what is refused. */
  readonly sql: string
  /** Functions that DuckDB has: others are taken for Spark's own. */
  readonly known: ReadonlySet<string>
  /** A query within an expression. */
  query(node: Node): string
}

const comparisons: Readonly<Record<string, string>> = {
  ...{
    COMPARE_EQUAL: '=',
    COMPARE_NOTEQUAL: '<>',
    COMPARE_LESSTHAN: '<',
    COMPARE_GREATERTHAN: '>',
  },
  ...{ COMPARE_LESSTHANOREQUALTO: '<=', COMPARE_GREATERTHANOREQUALTO: '>=' },
  COMPARE_NOT_DISTINCT_FROM: '<=>',
}

const types: Readonly<Record<string, string>> = {
  ...{ VARCHAR: 'STRING', TIMESTAMP: 'TIMESTAMP_NTZ', 'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP' },
  ...{
    INTEGER: 'INT',
    BIGINT: 'BIGINT',
    SMALLINT: 'SMALLINT',
    TINYINT: 'TINYINT',
    HUGEINT: 'DECIMAL(38, 0)',
  },
  ...{ UTINYINT: 'SMALLINT', USMALLINT: 'INT', UINTEGER: 'BIGINT', UBIGINT: 'DECIMAL(20, 0)' },
  ...{
    FLOAT: 'FLOAT',
    DOUBLE: 'DOUBLE',
    BOOLEAN: 'BOOLEAN',
    DATE: 'DATE',
    BLOB: 'BINARY',
    JSON: 'STRING',
  },
  UUID: 'STRING',
}
const wholeTypes = ['TINYINT', 'SMALLINT', 'INT', 'BIGINT']

/** Expressions of DuckDB's syntax tree as Spark's SQL. */
export class SparkExpressions {
  readonly #context: ExpressionContext

  constructor(context: ExpressionContext) {
    this.#context = context
  }

  /** @throws Failure `sql-invalid` for what Spark cannot do, at its place */
  sql(node: Node): string {
    switch (node.class) {
      case 'CONSTANT':
        return constantSql(node)
      case 'COLUMN_REF':
        return isColumn(node) ? node.column_names.map(quoted).join('.') : ''
      case 'FUNCTION':
        return this.#call(node, this.#filter(node.filter))
      case 'WINDOW':
        return this.#window(node)
      case 'COMPARISON':
        return this.#comparison(node)
      case 'CONJUNCTION':
        return `(${this.#all(node.children).join(node.type === 'CONJUNCTION_AND' ? ' AND ' : ' OR ')})`
      case 'BETWEEN':
        return `(${this.sql(node.input as Node)} BETWEEN ${this.sql(node.lower as Node)} AND ${this.sql(node.upper as Node)})`
      case 'OPERATOR':
        return this.#operator(node)
      case 'CAST':
        return this.#cast(node)
      case 'CASE':
        return this.#case(node)
      case 'SUBQUERY':
        return this.#subquery(node)
      case 'STAR':
        return this.#star(node)
      case 'LAMBDA':
        return `${this.sql(node.lhs as Node)} -> ${this.sql(node.expr as Node)}`
      case 'PARAMETER':
        return `$${node.identifier}`
      default:
        return this.refuse(node, `Spark has no ${String(node.class).toLowerCase()} expressions.`)
    }
  }

  /** `ORDER BY …`, with the place of NULLs that DuckDB gives them. */
  order(orders: unknown): string {
    return (orders as readonly OrderNode[]).map(each => this.#orderItem(each)).join(', ')
  }

  refuse(node: Node, detail: string, hint?: string): never {
    const offset = Number(node.query_location)
    const isPlaced = Number.isSafeInteger(offset) && offset < this.#context.sql.length
    throw new Failure('sql-invalid', detail, {
      hint: hint ?? 'Run the statement on the server, or write it otherwise.',
      extra: isPlaced ? { position: placeAt(this.#context.sql, offset) } : {},
    })
  }

  #all(nodes: unknown): string[] {
    return ((nodes ?? []) as Node[]).map(node => this.sql(node))
  }

  #orderItem({ type, null_order, expression }: OrderNode): string {
    if (expression.class === 'STAR') return 'ALL'
    const direction = type === 'DESCENDING' ? ' DESC' : ''
    const nulls = null_order === 'NULLS FIRST' || null_order === 'NULLS_FIRST' ? 'FIRST' : 'LAST'
    return `${this.sql(expression)}${direction} NULLS ${nulls}`
  }

  #filter(filter: unknown): string {
    return filter ? ` FILTER (WHERE ${this.sql(filter as Node)})` : ''
  }

  #call(node: Node, after: string, given?: readonly string[]): string {
    const name = String(node.function_name).toLowerCase()
    const refuse = (hint: string): never =>
      this.refuse(node, `Spark has no ${shown(name)} as DuckDB has it.`, hint)
    if (!hasSparkFunction(name)) {
      if (this.#context.known.has(name)) return refuse(nearest(name))
      const args = given ?? this.#all(node.children)
      return `${quoted(String(node.function_name))}(${node.distinct ? 'DISTINCT ' : ''}${args.join(', ')})${after}`
    }
    const [first, another] = (node.order_bys as { orders?: OrderNode[] } | undefined)?.orders ?? []
    if (another) return refuse('Order it by one expression.')
    const order = first && { sql: this.sql(first.expression), isDown: first.type === 'DESCENDING' }
    const argsOf = (): readonly string[] => given ?? this.#all(node.children)
    const call: SparkCall = {
      // Some have arguments that Spark is not given.
      get args() {
        return argsOf()
      },
      ...{ name, after, order, refuse },
      sql: each => this.sql(each),
      nodes: (node.children ?? []) as Node[],
      distinct: node.distinct ? 'DISTINCT ' : '',
    }
    return translated(name, call)
  }

  #window(node: Node): string {
    const { filter_expr, offset_expr, default_expr, ignore_nulls, exclude_clause } = node
    if (exclude_clause && exclude_clause !== 'NO_OTHER') {
      return this.refuse(node, 'Spark’s windows cannot exclude rows.')
    }
    const more = [offset_expr, default_expr].flatMap(each => (each ? [this.sql(each as Node)] : []))
    let args = [...this.#all(node.children), ...more]
    let name = String(node.function_name).toLowerCase()
    if (filter_expr) {
      // Spark filters no aggregates over windows: rows that do not count give them NULL.
      const filter = this.sql(filter_expr as Node)
      args = [`CASE WHEN ${filter} THEN ${args[0] ?? '1'} END`, ...args.slice(1)]
      if (name === 'count_star') name = 'count'
    }
    const nulls = ignore_nulls ? ' IGNORE NULLS' : ''
    return this.#call(
      { ...node, function_name: name, order_bys: undefined },
      `${nulls} OVER (${this.#over(node)})`,
      args,
    )
  }

  #over(node: Node): string {
    const partitions = this.#all(node.partitions)
    const orders = (node.orders ?? []) as OrderNode[]
    const parts = [
      ...(partitions.length > 0 ? [`PARTITION BY ${partitions.join(', ')}`] : []),
      ...(orders.length > 0 ? [`ORDER BY ${this.order(orders)}`] : []),
    ]
    const isRanked = !/^WINDOW_(AGGREGATE|FIRST_VALUE|LAST_VALUE|NTH_VALUE)$/.test(
      String(node.type),
    )
    const isUsual = node.start === 'UNBOUNDED_PRECEDING' && node.end === 'CURRENT_ROW_RANGE'
    if (!isRanked && !isUsual) parts.push(this.#frame(node))
    return parts.join(' ')
  }

  #frame(node: Node): string {
    const [start, end] = [String(node.start), String(node.end)]
    const unit =
      /_(ROWS|RANGE|GROUPS)$/.exec(`${start} ${end}`)?.[1] ??
      /_(ROWS|RANGE|GROUPS) /.exec(`${start} ${end}`)?.[1]
    if (unit === 'GROUPS') return this.refuse(node, 'Spark’s windows have no GROUPS.')
    const bound = (is: string, expression: unknown): string => {
      if (is.startsWith('UNBOUNDED')) return is.replace('_', ' ')
      if (is.startsWith('CURRENT_ROW')) return 'CURRENT ROW'
      return `${this.sql(expression as Node)} ${is.includes('PRECEDING') ? 'PRECEDING' : 'FOLLOWING'}`
    }
    return `${unit ?? 'ROWS'} BETWEEN ${bound(start, node.start_expr)} AND ${bound(end, node.end_expr)}`
  }

  #comparison(node: Node): string {
    const [left, right] = [this.sql(node.left as Node), this.sql(node.right as Node)]
    if (node.type === 'COMPARE_DISTINCT_FROM') return `(NOT ${left} <=> ${right})`
    const operator = comparisons[String(node.type)]
    return operator
      ? `(${left} ${operator} ${right})`
      : this.refuse(node, 'Spark has no such comparison.')
  }

  #operator(node: Node): string {
    const [a = '', ...rest] = this.#all(node.children)
    switch (node.type) {
      case 'OPERATOR_NOT':
        return `(NOT ${a})`
      case 'OPERATOR_IS_NULL':
        return `(${a} IS NULL)`
      case 'OPERATOR_IS_NOT_NULL':
        return `(${a} IS NOT NULL)`
      case 'OPERATOR_COALESCE':
        return `coalesce(${[a, ...rest].join(', ')})`
      case 'COMPARE_IN':
        return `(${a} IN (${rest.join(', ')}))`
      case 'COMPARE_NOT_IN':
        return `(${a} NOT IN (${rest.join(', ')}))`
      case 'ARRAY_EXTRACT':
        return `try_element_at(${a}, ${rest[0]})`
      case 'ARRAY_SLICE':
        return `slice(${a}, ${rest[0]}, ${rest[1]} - ${rest[0]} + 1)`
      case 'STRUCT_EXTRACT':
        return `${a}.${quoted(String((((node.children as Node[])[1]?.value ?? {}) as { value?: unknown }).value))}`
      case 'GROUPING_FUNCTION':
        return `${rest.length > 0 ? 'grouping_id' : 'grouping'}(${[a, ...rest].join(', ')})`
      default:
        return this.refuse(
          node,
          `Spark has no ${String(node.type).replace('OPERATOR_', '').toLowerCase().replaceAll('_', ' ')}.`,
        )
    }
  }

  #cast(node: Node): string {
    const child = this.sql(node.child as Node)
    const type = this.#type(node, node.cast_type as TypeNode)
    const cast = node.try_cast ? 'try_cast' : 'CAST'
    // DuckDB rounds where Spark cuts off.
    const isRounded = wholeTypes.includes(type) && (node.child as Node).class !== 'CONSTANT'
    return `${cast}(${isRounded ? `${cast}(${child} AS DECIMAL(38, 0))` : child} AS ${type})`
  }

  #type(node: Node, { id, type_info: info }: TypeNode): string {
    if (id === 'DECIMAL') return `DECIMAL(${info?.width ?? 18}, ${info?.scale ?? 3})`
    if (id === 'LIST' && info?.child_type) return `ARRAY<${this.#type(node, info.child_type)}>`
    if (id === 'STRUCT' && info?.child_types) {
      const fields = info.child_types.map(
        ({ first, second }) => `${quoted(first)}: ${this.#type(node, second)}`,
      )
      return `STRUCT<${fields.join(', ')}>`
    }
    return types[id] ?? this.refuse(node, `Spark has no type ${id}.`)
  }

  #case(node: Node): string {
    const checks = node.case_checks as { when_expr: Node; then_expr: Node }[]
    const whens = checks.map(
      each => `WHEN ${this.sql(each.when_expr)} THEN ${this.sql(each.then_expr)}`,
    )
    return `CASE ${whens.join(' ')} ELSE ${this.sql(node.else_expr as Node)} END`
  }

  #subquery(node: Node): string {
    const query = this.#context.query((node.subquery as { node: Node }).node)
    if (node.subquery_type === 'SCALAR') return `(${query})`
    if (node.subquery_type === 'EXISTS') return `EXISTS (${query})`
    if (node.subquery_type === 'ANY' && node.comparison_type === 'COMPARE_EQUAL') {
      return `(${this.sql(node.child as Node)} IN (${query}))`
    }
    return this.refuse(node, 'Spark has no such subquery.', 'Use EXISTS or IN.')
  }

  #star(node: Node): string {
    const replaced = ((node.replace_list ?? []) as unknown[]).length > 0
    const renamed = ((node.rename_list ?? []) as unknown[]).length > 0
    if (node.columns || node.expr || replaced || renamed) {
      return this.refuse(node, 'Spark has no COLUMNS, REPLACE and RENAME.', 'Name the columns.')
    }
    const excluded = ((node.exclude_list ?? []) as string[]).map(quoted)
    const qualifier = node.relation_name ? `${quoted(String(node.relation_name))}.` : ''
    return `${qualifier}*${excluded.length > 0 ? ` EXCEPT (${excluded.join(', ')})` : ''}`
  }
}

interface OrderNode {
  readonly type: string
  readonly null_order: string
  readonly expression: Node
}

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A constant as Spark writes it. */
export function valueSql(value: unknown): string {
  const {
    type,
    is_null,
    value: plain,
  } = value as { type: TypeNode; is_null: boolean; value?: unknown }
  if (is_null) return 'NULL'
  if (type.id === 'DECIMAL')
    return decimal(String(plain).replace(/^millrace exact number /, ''), type.type_info?.scale ?? 0)
  if (type.id === 'VARCHAR') return text(String(plain))
  if (type.id === 'DOUBLE' || type.id === 'FLOAT')
    return `${Number(plain).toExponential().replace('e+', 'E')}D`.replace('e', 'E')
  return String(plain).replace(/^millrace exact number /, '')
}

function constantSql(node: Node): string {
  return valueSql(node.value)
}

function decimal(digits: string, scale: number): string {
  const sign = digits.startsWith('-') ? '-' : ''
  const padded = digits.replace('-', '').padStart(scale + 1, '0')
  if (scale === 0) return `${sign}${padded}`
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}BD`
}

/** What comes closest to functions that Spark lacks. */
function nearest(name: string): string {
  if (name.startsWith('json'))
    return 'Spark has get_json_object and from_json: write the statement in Spark’s SQL.'
  if (name.startsWith('list_') || name.startsWith('array_'))
    return 'Spark’s functions of arrays do some of it: transform, filter, aggregate, array_sort.'
  if (name.startsWith('regexp')) return 'Spark has RLIKE, regexp_extract_all and regexp_replace.'
  return 'Run the statement on the server, or write it otherwise.'
}

function shown(name: string): string {
  return /^\w/.test(name) ? `${name}()` : name
}
