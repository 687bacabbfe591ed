import { isColumn, type Node, rewritten, type SelectNode } from '../syntax-tree.ts'
import type { ViewFrom } from './view-from.ts'

/** DuckDB lets an expression use the name that stands behind another one. */
export function withoutAliases(node: Node, select: SelectNode, from: ViewFrom): Node {
  const named = new Map(
    select.select_list.flatMap(item =>
      item.alias && item !== node ? [[item.alias.toLowerCase(), item] as const] : [],
    ),
  )
  const other = (each: Node): Node | undefined => {
    // What a lambda calls its parameters is its own affair.
    if (each.class === 'LAMBDA') return each
    if (!isColumn(each) || each.column_names.length !== 1 || from.ownerOf(each)) return undefined
    const item = named.get(each.column_names[0]?.toLowerCase() ?? '')
    return item && (rewritten(item, inner => (inner === item ? undefined : other(inner))) as Node)
  }
  return rewritten(node, other) as Node
}

/** The place in the SELECT, from 1, that a number in GROUP BY or ORDER BY names. */
export function positionOf(node: Node): number | undefined {
  const { value } = (node.value ?? {}) as { value?: unknown }
  return node.class === 'CONSTANT' && typeof value === 'number' ? value : undefined
}
