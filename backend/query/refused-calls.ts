import type { DuckDBConnection } from '@duckdb/node-api'
import { Failure } from '../base/failure.ts'
import { type Node, nodesOf } from './syntax-tree.ts'

/** Table functions of DuckDB that change what is not the statement's own, or read memory by its address. */
const changing =
  /^(?:(?:enable|disable|truncate|force)_\w+|checkpoint|arrow_scan\w*|seq_scan|json_execute_serialized_sql)$/
const changingInText = new RegExp(`\\b${changing.source.slice(1, -1)}"?\\s*\\(`, 'i')
const fromText = ['query', 'query_table']

/** `query` and `query_table` take the names of tables from strings. */
export function isAnyTable(node: Node): boolean {
  return node.type === 'TABLE_FUNCTION' && fromText.includes(functionOf(node)?.name ?? '')
}

/**
 * Looks for calls that a statement must not make, also within what it has `query` run.
 * @param treeOf gives the syntax tree of a text, or undefined where there is none: the words have to tell then
 * @returns why it is refused, if it is
 */
export async function refusedCall(
  connection: DuckDBConnection,
  sql: string,
  treeOf: (connection: DuckDBConnection, sql: string) => Promise<Node | undefined>,
): Promise<Failure | undefined> {
  const tree = await treeOf(connection, sql)
  if (tree === undefined) return refusedWord(sql)
  for (const node of nodesOf(tree)) {
    const called = node.type === 'TABLE_FUNCTION' ? functionOf(node) : undefined
    if (called === undefined) continue
    if (changing.test(called.name)) return notAllowed(called.name)
    if (!fromText.includes(called.name)) continue
    const texts = constantsIn(called.children)
    if (texts === undefined) return computed(called.name)
    for (const text of called.name === 'query' ? texts : []) {
      const refused = await refusedCall(connection, text, treeOf)
      if (refused) return refused
    }
  }
  return undefined
}

function refusedWord(sql: string): Failure | undefined {
  const [word] = changingInText.exec(sql) ?? []
  if (word !== undefined) return notAllowed(word.replace(/\W+$/, '').toLowerCase())
  return /\bquery(?:_table)?"?\s*\(/i.test(sql) ? computed('query') : undefined
}

function functionOf(node: Node): { name: string; children: readonly Node[] } | undefined {
  const called = node.function as Node | undefined
  if (called === undefined) return undefined
  const children = (called.children ?? []) as readonly Node[]
  return { name: String(called.function_name).toLowerCase(), children }
}

/** The strings among arguments; undefined when one is computed. */
function constantsIn(args: readonly Node[]): string[] | undefined {
  const texts: string[] = []
  for (const node of args) {
    const isList = node.type === 'FUNCTION' && node.function_name === 'list_value'
    const inner = isList ? constantsIn(node.children as readonly Node[]) : undefined
    if (inner) texts.push(...inner)
    else if (node.type === 'VALUE_CONSTANT') texts.push(String((node.value as Node)?.value))
    else return undefined
  }
  return texts
}

function notAllowed(name: string): Failure {
  return new Failure('sql-not-allowed', `A cell can only read: ${name}() is not allowed.`)
}

function computed(name: string): Failure {
  return new Failure('sql-not-allowed', `What ${name}() reads has to stand in the statement.`, {
    hint: `Give ${name}() strings that are not computed, or write out what it is to read.`,
  })
}
