import type { CatalogFunction } from '../../../backend/contract/catalog.ts'
import { type ScopeColumn, type SqlCatalog, type SqlTable, tableName } from './sql-catalog.ts'
import { plainName, scopeAt, statementTokens } from './sql-scope.ts'
import type { SqlToken } from './sql-tokens.ts'

/** What is known of the name at a place, as Markdown. */
export interface SqlHover {
  readonly start: number
  readonly end: number
  readonly markdown: string
}

/** The call around a place: the function, and which of its parameters stands there. */
export interface CallAt {
  readonly name: string
  readonly parameter: number
}

const columnsShown = 12

export function hoverSql(text: string, offset: number, catalog: SqlCatalog): SqlHover | null {
  const tokens = statementTokens(text, offset)
  const at = tokens.findIndex(token => token.start <= offset && offset < token.end)
  const token = tokens[at]
  if (!token || !['name', 'quoted', 'function'].includes(token.kind)) return null
  const range = { start: token.start, end: token.end }
  const entry = token.kind === 'function' ? catalog.function(token.text) : null
  if (entry) return { ...range, markdown: functionText(entry) }
  const path = [...ownerBefore(tokens, at), plainName(token)]
  const markdown = describeName(path, text, offset, catalog)
  return markdown === null ? null : { ...range, markdown }
}

/** The innermost open call before a place. */
export function callAt(text: string, offset: number): CallAt | null {
  const tokens = statementTokens(text, offset).filter(token => token.end <= offset)
  let depth = 0
  let parameter = 0
  for (let i = tokens.length - 1; i >= 0; i -= 1) {
    const mark = tokens[i]?.text
    if (mark === ')') depth += 1
    else if (mark === '(' && depth > 0) depth -= 1
    else if (mark === '(') {
      const name = tokens[i - 1]
      return name?.kind === 'function' ? { name: name.text, parameter } : null
    } else if (mark === ',' && depth === 0) parameter += 1
  }
  return null
}

function describeName(
  path: string[],
  text: string,
  offset: number,
  catalog: SqlCatalog,
): string | null {
  const scope = scopeAt(text, offset)
  const name = path.at(-1)?.toLowerCase()
  const owner = path.at(-2)?.toLowerCase()
  const owners = scope.items.filter(
    item => owner === undefined || item.alias.toLowerCase() === owner,
  )
  const columns = owners.flatMap(item => catalog.columnsOf(item, scope))
  const column = columns.find(entry => entry.name.toLowerCase() === name)
  const isAlias = owner === undefined && scope.items.some(item => item.alias.toLowerCase() === name)
  if (column && !isAlias && !scope.wantsTable) return columnText(column)
  const item = scope.items.find(entry => entry.alias.toLowerCase() === name)
  const table = catalog.table(path) ?? (item && catalog.table(item.path))
  if (table) return tableText(table)
  return column ? columnText(column) : null
}

function ownerBefore(tokens: readonly SqlToken[], at: number): string[] {
  const point = tokens[at - 1]
  const name = tokens[at - 2]
  return point?.text === '.' && name ? [plainName(name)] : []
}

function tableText(table: SqlTable): string {
  const rows = `${table.rows.toLocaleString('en')} rows${table.isLive ? ', live' : ''}`
  const columns = table.columns
    .slice(0, columnsShown)
    .map(column => `- \`${column.name}\` ${column.type}`)
  const more = table.columns.length - columnsShown
  return [
    `**${tableName(table)}** · ${rows}`,
    table.description ?? '',
    columns.join('\n') + (more > 0 ? `\n- … ${more} more` : ''),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function columnText(column: ScopeColumn): string {
  const nullable = column.isNullable === false ? ' · never null' : ''
  const type = column.type === '' ? 'computed here' : column.type
  const of = column.table ? ` · ${tableName(column.table)}` : ''
  return [`**${column.name}** ${type}${nullable}${of}`, column.description ?? '']
    .filter(Boolean)
    .join('\n\n')
}

function functionText(entry: CatalogFunction): string {
  const signatures = entry.signatures.slice(0, 6).map(signature => `${entry.name}(${signature})`)
  return `\`\`\`sql\n${signatures.join('\n')}\n\`\`\`\n\n${entry.description ?? ''}`.trimEnd()
}
