import { type SqlToken, tokenizeSql } from './sql-tokens.ts'
import { isReservedWord } from './sql-words.ts'

/** Something that FROM names: a table of the catalog, a CTE, a subquery or a table function. */
export interface FromItem {
  /** The name that qualifies its columns. */
  readonly alias: string
  /** The name's parts as they are written; empty for a subquery or a function. */
  readonly path: readonly string[]
  /** The columns when the text says them; null when the catalog has to. */
  readonly columns: readonly OutputColumn[] | null
}

/** A column of a query's result: a name, or all columns of the items in its FROM. */
export type OutputColumn = { readonly name: string } | { readonly all: readonly FromItem[] }

export interface CommonTable {
  readonly name: string
  readonly columns: readonly OutputColumn[]
}

/** What can be named at a place in a statement, the nearest first. */
export interface SqlScope {
  readonly items: readonly FromItem[]
  readonly commonTables: readonly CommonTable[]
  /** Whether a table is named here, and not an expression. */
  readonly wantsTable: boolean
}

type Node = SqlToken | Group
interface Group {
  readonly nodes: Node[]
  readonly start: number
  end: number
}

const clauseEnds = new Set(
  'WHERE GROUP HAVING WINDOW QUALIFY ORDER LIMIT OFFSET SAMPLE SELECT UNION INTERSECT EXCEPT'.split(
    ' ',
  ),
)
const setOperators = new Set(['UNION', 'INTERSECT', 'EXCEPT'])
const joinWords = new Set(
  'JOIN INNER LEFT RIGHT FULL CROSS NATURAL ASOF POSITIONAL SEMI ANTI OUTER'.split(' '),
)

/** What can be named at `offset`. Works on unfinished statements: it looks for words, not for a grammar. */
export function scopeAt(text: string, offset: number): SqlScope {
  const tokens = statementTokens(text, offset)
  const root = groupTokens(tokens, text.length)
  const path = groupsAround(root, offset)
  const items: FromItem[] = []
  const commonTables: CommonTable[] = []
  let wantsTable = false
  for (const group of path) {
    commonTables.unshift(...readCommonTables(group.nodes))
    const nodes = selectAround(group.nodes, offset)
    items.unshift(...readFrom(nodes))
    wantsTable = isTablePlace(nodes, offset)
  }
  return { items, commonTables, wantsTable }
}

/** The tokens of the statement at `offset`, without comments. */
export function statementTokens(text: string, offset: number): SqlToken[] {
  const tokens = tokenizeSql(text).filter(token => token.kind !== 'comment')
  const isEnd = (token: SqlToken): boolean => token.text === ';'
  const start = tokens.findLastIndex(token => isEnd(token) && token.end <= offset) + 1
  const end = tokens.findIndex((token, i) => i >= start && isEnd(token) && token.start >= offset)
  return tokens.slice(start, end < 0 ? tokens.length : end)
}

/** A name as the engine takes it: without its quotes. */
export function plainName(token: SqlToken): string {
  return token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text
}

function groupTokens(tokens: readonly SqlToken[], end: number): Group {
  const root: Group = { nodes: [], start: 0, end }
  const open = [root]
  for (const token of tokens) {
    const current = open.at(-1) ?? root
    if (token.text === '(') {
      const group = { nodes: [], start: token.start, end }
      current.nodes.push(group)
      open.push(group)
    } else if (token.text === ')' && open.length > 1) {
      current.end = token.end
      open.pop()
    } else current.nodes.push(token)
  }
  return root
}

/** The groups around a place, from the whole statement inwards. */
function groupsAround(root: Group, offset: number): Group[] {
  const inner = root.nodes.find(
    (node): node is Group => isGroup(node) && node.start < offset && offset <= node.end - 1,
  )
  const unclosed = root.nodes.at(-1)
  const next =
    inner ?? (unclosed && isGroup(unclosed) && isOpen(unclosed, root, offset) ? unclosed : null)
  return next ? [root, ...groupsAround(next, offset)] : [root]
}

function isOpen(group: Group, parent: Group, offset: number): boolean {
  return group.end === parent.end && group.start < offset
}

/** The nodes of the one SELECT at the place, of those that UNION and the like put together. */
function selectAround(nodes: readonly Node[], offset: number): Node[] {
  const isSet = (node: Node): boolean => setOperators.has(word(node))
  const start = nodes.findLastIndex(node => isSet(node) && node.start < offset) + 1
  const end = nodes.findIndex((node, i) => i >= start && isSet(node))
  return nodes.slice(start, end < 0 ? nodes.length : end)
}

function readCommonTables(nodes: readonly Node[]): CommonTable[] {
  if (word(nodes[0]) !== 'WITH') return []
  const found: CommonTable[] = []
  let name: SqlToken | null = null
  let columns: OutputColumn[] | null = null
  for (const node of nodes.slice(1)) {
    if (isGroup(node)) {
      if (!name) continue
      const isQuery = node.nodes.some(inner =>
        ['SELECT', 'FROM', 'VALUES', 'WITH'].includes(word(inner)),
      )
      if (!isQuery) columns = node.nodes.filter(isName).map(column => ({ name: plainName(column) }))
      else {
        found.push({ name: plainName(name), columns: columns ?? outputColumns(node.nodes) })
        name = null
        columns = null
      }
    } else if (word(node) === 'SELECT' || word(node) === 'FROM') break
    else if (isName(node) && !name) name = node
  }
  return found
}

/** The columns that a query gives, as far as its text says. */
function outputColumns(nodes: readonly Node[]): OutputColumn[] {
  const body = firstSelect(nodes)
  const from = readFrom(body)
  const select = body.findIndex(node => word(node) === 'SELECT')
  if (select < 0) return [{ all: from }]
  const end = body.findIndex(
    (node, i) => i > select && (clauseEnds.has(word(node)) || word(node) === 'FROM'),
  )
  const list = body.slice(select + 1, end < 0 ? body.length : end)
  return splitAtCommas(list).flatMap(item => outputColumn(item, from))
}

function firstSelect(nodes: readonly Node[]): Node[] {
  const start = nodes.findIndex(node => ['SELECT', 'FROM'].includes(word(node)))
  return selectAround(nodes.slice(Math.max(0, start)), 0)
}

function outputColumn(item: readonly Node[], from: readonly FromItem[]): OutputColumn[] {
  if (textOf(item[0]) === '*') return [{ all: from }]
  if (textOf(item[1]) === '.' && textOf(item[2]) === '*') {
    const owner = textOf(item[0]).toLowerCase()
    return [{ all: from.filter(entry => entry.alias.toLowerCase() === owner) }]
  }
  const last = item.at(-1)
  if (last && isName(last)) return [{ name: plainName(last) }]
  // A call without an alias is named by its text; the function's name is the nearest to it.
  const name = textOf(item[0])
  return name !== '' && item.length === 2 ? [{ name }] : []
}

function readFrom(nodes: readonly Node[]): FromItem[] {
  const from = nodes.findIndex(node => word(node) === 'FROM')
  if (from < 0) return []
  const end = nodes.findIndex((node, i) => i > from && clauseEnds.has(word(node)))
  const list = nodes.slice(from + 1, end < 0 ? nodes.length : end)
  return splitAtCommas(list).flatMap(splitAtJoins).flatMap(readFromItem)
}

function splitAtJoins(nodes: readonly Node[]): Node[][] {
  const parts: Node[][] = [[]]
  for (const node of nodes) {
    if (joinWords.has(word(node))) parts.push([])
    else parts.at(-1)?.push(node)
  }
  return parts.map(part => {
    const condition = part.findIndex(node => ['ON', 'USING'].includes(word(node)))
    return condition < 0 ? part : part.slice(0, condition)
  })
}

function readFromItem(nodes: readonly Node[]): FromItem[] {
  const [first] = nodes
  if (!first) return []
  if (isGroup(first)) return readSubquery(first, nodes.slice(1))
  if (!isName(first)) return []
  const path = [plainName(first)]
  let at = 1
  while (textOf(nodes[at]) === '.') {
    const part = nodes[at + 1]
    if (part && isName(part)) path.push(plainName(part))
    at += 2
  }
  const isCall = isGroup(nodes[at] ?? first)
  const alias = readAlias(nodes.slice(isCall ? at + 1 : at)) ?? path.at(-1) ?? ''
  return [isCall ? { alias, path: [], columns: [] } : { alias, path, columns: null }]
}

function readSubquery(group: Group, rest: readonly Node[]): FromItem[] {
  const isQuery = group.nodes.some(node => ['SELECT', 'FROM', 'VALUES'].includes(word(node)))
  if (!isQuery) return splitAtCommas(group.nodes).flatMap(splitAtJoins).flatMap(readFromItem)
  return [{ alias: readAlias(rest) ?? '', path: [], columns: outputColumns(group.nodes) }]
}

function readAlias(nodes: readonly Node[]): string | null {
  const name = word(nodes[0]) === 'AS' ? nodes[1] : nodes[0]
  return name && isName(name) && !isReservedWord(name.text) ? plainName(name) : null
}

/** Whether the place follows FROM or JOIN, with nothing named since. */
function isTablePlace(nodes: readonly Node[], offset: number): boolean {
  const before = nodes.filter(node => node.end < offset || (isMark(node) && node.end <= offset))
  const at = before.findLastIndex(
    node => ['FROM', 'JOIN'].includes(word(node)) || textOf(node) === ',',
  )
  const opener = before[at]
  if (!opener || before.slice(at + 1).some(node => !isPathPart(node))) return false
  const hasName = before.slice(at + 1).some((node, i, rest) => isPathEnd(node, rest[i + 1]))
  if (hasName) return false
  if (textOf(opener) !== ',') return true
  const clause = before.findLast(
    node => word(node) === 'FROM' || word(node) === 'JOIN' || clauseEnds.has(word(node)),
  )
  return clause !== undefined && ['FROM', 'JOIN'].includes(word(clause))
}

function isPathPart(node: Node): boolean {
  return isName(node) || textOf(node) === '.'
}

function isPathEnd(node: Node, next: Node | undefined): boolean {
  return isName(node) && textOf(next) !== '.'
}

function splitAtCommas(nodes: readonly Node[]): Node[][] {
  const parts: Node[][] = [[]]
  for (const node of nodes) {
    if (textOf(node) === ',') parts.push([])
    else parts.at(-1)?.push(node)
  }
  return parts
}

function isGroup(node: Node): node is Group {
  return 'nodes' in node
}

function isName(node: Node): node is SqlToken {
  return !isGroup(node) && ['name', 'quoted', 'function'].includes(node.kind)
}

function isMark(node: Node): boolean {
  return !isGroup(node) && node.kind === 'mark'
}

function textOf(node: Node | undefined): string {
  return node && !isGroup(node) ? node.text : ''
}

function word(node: Node | undefined): string {
  return node && !isGroup(node) && node.kind === 'keyword' ? node.text.toUpperCase() : ''
}
