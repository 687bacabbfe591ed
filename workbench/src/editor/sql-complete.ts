import type { CatalogFunction } from '../../../backend/contract/catalog.ts'
import {
  quoteName,
  type ScopeColumn,
  type SqlCatalog,
  type SqlTable,
  tableName,
} from './sql-catalog.ts'
import { plainName, type SqlScope, scopeAt, statementTokens } from './sql-scope.ts'
import { type SqlToken, tokenizeSql } from './sql-tokens.ts'
import { completedKeywords } from './sql-words.ts'

export interface Completion {
  readonly label: string
  readonly kind: 'column' | 'table' | 'schema' | 'alias' | 'function' | 'keyword'
  /** What is written after the label in grey: a type, a table, a signature. */
  readonly detail: string
  readonly description: string
  readonly insert: string
  /** Completions of a lower rank stand first. */
  readonly rank: number
}

export interface Completions {
  readonly items: readonly Completion[]
  /** The text that a completion replaces. */
  readonly start: number
  readonly end: number
  /** There are more: they come as the word grows. */
  readonly isCut: boolean
}

const itemsMax = 300

/** What can be written at a place: by where it stands, what FROM names there, and the letters so far. */
export function completeSql(text: string, offset: number, catalog: SqlCatalog): Completions {
  const word = wordAt(text, offset)
  const range = { start: word.start, end: word.end }
  if (isInsideText(text, offset)) return { items: [], ...range, isCut: false }
  const scope = scopeAt(text, offset)
  const path = qualifierBefore(text, word.start)
  const all = path.length > 0 ? qualified(path, scope, catalog) : unqualified(scope, catalog)
  const prefix = word.text.toLowerCase()
  const matching = all.filter(item => matches(item.label.toLowerCase(), prefix))
  const items = dedupe(matching).toSorted((a, b) => a.rank - b.rank)
  return { items: items.slice(0, itemsMax), ...range, isCut: items.length > itemsMax }
}

/** Whether letters stand in a word in their order, and the first where a part of the word begins. */
function matches(label: string, prefix: string): boolean {
  if (prefix === '' || label.startsWith(prefix)) return true
  let at = label.split(/[_.]/).some(part => part.startsWith(prefix.charAt(0))) ? 0 : -1
  for (const letter of prefix) {
    if (at < 0) return false
    at = label.indexOf(letter, at)
    if (at >= 0) at += 1
  }
  return at >= 0
}

function unqualified(scope: SqlScope, catalog: SqlCatalog): Completion[] {
  const tables = [...commonTables(scope, 0), ...catalog.tables.map(table => ofTable(table, 1))]
  const schemas = new Set(catalog.tables.map(table => table.schema).filter(Boolean))
  const ofSchemas = [...schemas].map(name => plain(name, 'schema', 2))
  if (scope.wantsTable) {
    const functions = catalog.functions.filter(entry => entry.kind === 'table')
    return [...tables, ...ofSchemas, ...functions.map(entry => ofFunction(entry, 3))]
  }
  const aliases = scope.items
    .filter(item => item.alias !== '')
    .map(item => plain(item.alias, 'alias', 1))
  const columns = scope.items.flatMap(item => catalog.columnsOf(item, scope).map(ofColumn))
  const keywords = completedKeywords.map(name => plain(name, 'keyword', 3))
  const functions = catalog.functions.filter(entry => entry.kind !== 'table')
  return [
    ...columns,
    ...aliases,
    ...keywords,
    ...functions.map(entry => ofFunction(entry, 4)),
    ...tables.map(later),
  ]
}

function qualified(path: readonly string[], scope: SqlScope, catalog: SqlCatalog): Completion[] {
  const owner = path.at(-1)?.toLowerCase()
  const item =
    path.length === 1 ? scope.items.find(entry => entry.alias.toLowerCase() === owner) : undefined
  if (item && !scope.wantsTable) return catalog.columnsOf(item, scope).map(ofColumn)
  const table = catalog.table(path)
  const ofTables = catalog.tables
    .filter(entry => path.length === 1 && entry.schema.toLowerCase() === owner)
    .map(entry => ({ ...ofTable(entry, 1), label: entry.name, insert: quoteName(entry.name) }))
  if (!table || scope.wantsTable) return ofTables
  return [
    ...ofTables,
    ...table.columns.map(column => ofColumn({ ...column, owner: table.name, table })),
  ]
}

/** The names before the place that points connect to it: `lake.events.` gives both. */
function qualifierBefore(text: string, start: number): string[] {
  const tokens = statementTokens(text, start).filter(token => token.end <= start)
  const path: string[] = []
  let end = start
  for (let i = tokens.length - 1; i >= 1; i -= 2) {
    const point = tokens[i]
    const name = tokens[i - 1]
    if (point?.text !== '.' || point.end !== end || !name || !isNameToken(name)) break
    path.unshift(plainName(name))
    end = name.start
  }
  return path
}

function isNameToken(token: SqlToken): boolean {
  return token.kind === 'name' || token.kind === 'quoted'
}

export function wordAt(text: string, offset: number): { text: string; start: number; end: number } {
  const before = /[\p{L}_][\p{L}\p{N}_$]*$/u.exec(text.slice(0, offset))?.[0] ?? ''
  const after = /^[\p{L}\p{N}_$]*/u.exec(text.slice(offset))?.[0] ?? ''
  return { text: before, start: offset - before.length, end: offset + after.length }
}

function isInsideText(text: string, offset: number): boolean {
  const token = tokenizeSql(text).find(entry => entry.start < offset && offset <= entry.end)
  if (!token) return false
  const isClosed = offset === token.end && (token.text.endsWith('*/') || /^'.*'$/s.test(token.text))
  return ['string', 'comment', 'number'].includes(token.kind) && !isClosed
}

function commonTables(scope: SqlScope, rank: number): Completion[] {
  return scope.commonTables.map(({ name }) => ({ ...plain(name, 'table', rank), detail: 'WITH' }))
}

function ofTable(table: SqlTable, rank: number): Completion {
  const name = tableName(table)
  const detail = `${table.rows.toLocaleString('en')} rows`
  return {
    label: name,
    kind: 'table',
    detail,
    description: table.description ?? '',
    insert: name,
    rank,
  }
}

function ofColumn(column: ScopeColumn): Completion {
  return {
    label: column.name,
    kind: 'column',
    detail: [column.type.toLowerCase(), column.owner].filter(Boolean).join(' · '),
    description: column.description ?? '',
    insert: quoteName(column.name),
    rank: 0,
  }
}

function ofFunction(entry: CatalogFunction, rank: number): Completion {
  const [signature = ''] = entry.signatures
  const more = entry.signatures.length > 1 ? ` +${entry.signatures.length - 1}` : ''
  return {
    label: entry.name,
    kind: 'function',
    detail: `(${signature})${more}`,
    description: entry.description ?? '',
    insert: `${entry.name}($0)`,
    rank,
  }
}

function plain(label: string, kind: Completion['kind'], rank: number): Completion {
  const insert = kind === 'keyword' ? label : quoteName(label)
  return { label, kind, detail: kind === 'keyword' ? '' : kind, description: '', insert, rank }
}

function later(item: Completion): Completion {
  return { ...item, rank: item.rank + 5 }
}

function dedupe(items: readonly Completion[]): Completion[] {
  const seen = new Set<string>()
  return items.filter(item => {
    const key = `${item.kind}\u0000${item.label}\u0000${item.detail}`
    return seen.has(key) ? false : seen.add(key)
  })
}
