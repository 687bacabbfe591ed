import type {
  Catalog,
  CatalogColumn,
  CatalogFunction,
  CatalogTable,
} from '../../../backend/contract/catalog.ts'
import type { CommonTable, FromItem, OutputColumn, SqlScope } from './sql-scope.ts'
import { needsQuotes } from './sql-words.ts'

/** What can stand in FROM: a table of the server, a cell, a file. */
export type SqlTable = Omit<CatalogTable, 'kind' | 'bytes'>

const made = new WeakMap<Catalog, SqlCatalog>()

/** The catalog as the editor asks it: by name, in any case. */
export class SqlCatalog {
  readonly tables: readonly SqlTable[]
  readonly functions: readonly CatalogFunction[]
  readonly keywords: ReadonlySet<string>
  private readonly tablesByName: ReadonlyMap<string, SqlTable>
  private readonly functionsByName: ReadonlyMap<string, CatalogFunction>

  /** @param more tables that only this page has; those of the server come first */
  constructor(catalog: Catalog, more: readonly SqlTable[] = []) {
    this.tables = [...catalog.tables, ...more]
    this.functions = catalog.functions
    this.keywords = new Set(catalog.keywords.map(word => word.toUpperCase()))
    this.tablesByName = new Map(
      this.tables.toReversed().map(table => [tableKey([table.schema, table.name]), table]),
    )
    this.functionsByName = new Map(
      catalog.functions.map(entry => [entry.name.toLowerCase(), entry]),
    )
  }

  /** Of the tables of the server alone; made once for each catalog that it tells. */
  static of(catalog: Catalog): SqlCatalog {
    const found = made.get(catalog) ?? new SqlCatalog(catalog)
    made.set(catalog, found)
    return found
  }

  table(path: readonly string[]): SqlTable | null {
    return this.tablesByName.get(tableKey(path)) ?? null
  }

  function(name: string): CatalogFunction | null {
    return this.functionsByName.get(name.toLowerCase()) ?? null
  }

  /** The columns behind a name in FROM: of a CTE, of the text itself, or of a table. */
  columnsOf(item: FromItem, scope: Pick<SqlScope, 'commonTables'>, depth = 0): ScopeColumn[] {
    if (depth > 8) return []
    if (item.columns) return this.expand(item.columns, scope, item.alias, depth)
    const common = item.path.length === 1 && findCommonTable(scope.commonTables, item.path[0] ?? '')
    if (common) {
      const earlier = { commonTables: scope.commonTables.filter(other => other !== common) }
      return this.expand(common.columns, earlier, item.alias, depth)
    }
    const table = this.table(item.path)
    return table ? table.columns.map(column => ({ ...column, owner: item.alias, table })) : []
  }

  private expand(
    columns: readonly OutputColumn[],
    scope: Pick<SqlScope, 'commonTables'>,
    owner: string,
    depth: number,
  ): ScopeColumn[] {
    return columns.flatMap(column => {
      if ('name' in column) return [{ name: column.name, type: '', owner, table: null }]
      const inner = column.all.flatMap(item => this.columnsOf(item, scope, depth + 1))
      return inner.map(entry => ({ ...entry, owner }))
    })
  }
}

/** A column that can be named at a place, and by whose name it is qualified. */
export interface ScopeColumn {
  readonly name: string
  /** Empty where only running the statement could tell. */
  readonly type: string
  readonly owner: string
  readonly table: SqlTable | null
  readonly isNullable?: CatalogColumn['isNullable']
  readonly description?: CatalogColumn['description']
}

export const emptyCatalog = new SqlCatalog({
  engines: [],
  tables: [],
  functions: [],
  keywords: [],
})

export function tableName(table: Pick<SqlTable, 'schema' | 'name'>): string {
  return [table.schema, table.name].filter(Boolean).map(quoteName).join('.')
}

/** A name as SQL takes it: in quotes when it would not be read as one name. */
export function quoteName(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !needsQuotes(name) ? name : quotedName(name)
}

/** A name in quotes, whatever it is. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function findCommonTable(tables: readonly CommonTable[], name: string): CommonTable | null {
  return tables.find(table => table.name.toLowerCase() === name.toLowerCase()) ?? null
}

function tableKey(path: readonly string[]): string {
  return path
    .filter(Boolean)
    .map(part => part.toLowerCase())
    .join('\u0000')
}
