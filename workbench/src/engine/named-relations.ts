import { plainName } from '../editor/sql-scope.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'

/** What stands between two brackets, or the whole statement. */
interface Level {
  /** Whether a table is named next. */
  wantsTable: boolean
  /** Whether commas separate tables. */
  isFrom: boolean
  /** Whether names before AS are those of common tables. */
  isWith: boolean
  /** Whether it holds the arguments of a function, where FROM is a word of the function's. */
  readonly isCall: boolean
  isEmpty: boolean
}

const tableWords = new Set('FROM JOIN PIVOT UNPIVOT SUMMARIZE DESCRIBE TABLE'.split(' '))
const listEnds = new Set(
  'SELECT WHERE GROUP HAVING WINDOW QUALIFY ORDER LIMIT OFFSET SAMPLE UNION INTERSECT EXCEPT VALUES'.split(
    ' ',
  ),
)
/** Words of the grammar that may name a table all the same. */
const freeWords = new Set(
  `BY DELETE ESCAPE EXCLUDE EXPLAIN FILTER FIRST FOLLOWING GROUPS INSERT INTERVAL LAST MATERIALIZED NULLS ORDINALITY OVER
   PARTITION PRECEDING RANGE RECURSIVE REPLACE ROWS SAMPLE SETS TIES UNBOUNDED UPDATE VIEW WITHIN WITHOUT`.split(
    /\s+/,
  ),
)
const conditionWords = new Set(['ON', 'USING'])

/**
 * The tables that a statement names, each as the parts of its name without quotes: no common tables of its own, and no
 * functions. Works on any text: it looks for words, not for a grammar.
 */
export function namedRelations(sql: string): string[][] {
  return relationsOf(sql).map(({ path }) => path)
}

/** A table where it is named. */
export interface NamedRelation {
  readonly path: string[]
  /** Its tokens, without comments. */
  readonly tokens: readonly SqlToken[]
  /** The one after them. */
  readonly next: SqlToken | undefined
}

export function relationsOf(sql: string): NamedRelation[] {
  return new RelationReader(sql).read()
}

/** The common tables that a statement makes for itself, in lower case. */
export function commonTablesOf(sql: string): ReadonlySet<string> {
  const reader = new RelationReader(sql)
  reader.read()
  return reader.commonTables
}

class RelationReader {
  private readonly tokens: readonly SqlToken[]
  private readonly found: NamedRelation[] = []
  readonly commonTables = new Set<string>()
  private readonly levels: Level[] = [newLevel()]
  private at = 0

  constructor(sql: string) {
    this.tokens = tokenizeSql(sql).filter(({ kind }) => kind !== 'comment')
  }

  read(): NamedRelation[] {
    while (this.at < this.tokens.length) this.step()
    return this.found.filter(
      ({ path }) => path.length > 1 || !this.commonTables.has(path[0]?.toLowerCase() ?? ''),
    )
  }

  private step(): void {
    const token = this.tokens[this.at] as SqlToken
    const level = this.levels.at(-1) ?? newLevel()
    if (level.wantsTable && canName(token)) this.readPath(level)
    else {
      this.readOther(level, token)
      this.at += 1
    }
    level.isEmpty = false
  }

  private readOther(level: Level, token: SqlToken): void {
    if (token.text === '(') this.open(level)
    else if (token.text === ')') this.close()
    else if (token.text === ',') level.wantsTable = level.isFrom
    else if (level.isWith && canName(token) && this.readCommonTable(token)) return
    else if (token.kind === 'keyword') this.readWord(level, token.text.toUpperCase())
    else if (token.kind === 'string') level.wantsTable = false
  }

  private open(level: Level): void {
    const isCall = this.tokens[this.at - 1]?.kind === 'function'
    this.levels.push({
      ...newLevel(),
      isCall,
      wantsTable: level.wantsTable && !isCall,
      isFrom: level.wantsTable && !isCall,
    })
  }

  private close(): void {
    if (this.levels.length > 1) this.levels.pop()
    const outer = this.levels.at(-1)
    if (outer) outer.wantsTable = false
  }

  private readWord(level: Level, word: string): void {
    if (word === 'WITH') level.isWith = true
    else if (listEnds.has(word) || (tableWords.has(word) && !this.isPartOfWord(level, word))) {
      level.wantsTable = tableWords.has(word)
      level.isFrom = level.wantsTable
      level.isWith = false
    } else if (conditionWords.has(word)) level.wantsTable = false
  }

  /** `IS DISTINCT FROM x`, `extract(hour FROM x)`. */
  private isPartOfWord(level: Level, word: string): boolean {
    if (word !== 'FROM') return false
    const before = this.tokens[this.at - 1]?.text.toUpperCase()
    const isDistinct = before === 'DISTINCT' && this.tokens[this.at - 2]?.kind === 'keyword'
    const beforeThat = this.tokens[this.at - 2]?.text.toUpperCase()
    if (isDistinct && (beforeThat === 'IS' || beforeThat === 'NOT')) return true
    return level.isCall && !level.isEmpty && !this.hasSelect()
  }

  /** Whether the innermost brackets begin with SELECT. */
  private hasSelect(): boolean {
    let depth = 0
    for (let i = this.at - 1; i >= 0; i -= 1) {
      const { text } = this.tokens[i] as SqlToken
      if (text === ')') depth += 1
      else if (text === '(' && depth > 0) depth -= 1
      else if (text === '(') return false
      else if (depth === 0 && text.toUpperCase() === 'SELECT') return true
    }
    return false
  }

  private readPath(level: Level): void {
    const path: string[] = []
    const first = this.at
    let token = this.tokens[this.at]
    while (token && canName(token)) {
      path.push(plainName(token))
      this.at += 1
      if (this.tokens[this.at]?.text !== '.') break
      this.at += 1
      token = this.tokens[this.at]
    }
    level.wantsTable = false
    const next = this.tokens[this.at]
    if (next?.text === '(') return
    this.found.push({ path, tokens: this.tokens.slice(first, this.at), next })
  }

  /** `name AS (`, `name (columns) AS MATERIALIZED (`; answers whether it is one. */
  private readCommonTable(name: SqlToken): boolean {
    let i = this.at + 1
    if (this.tokens[i]?.text === '(') {
      while (i < this.tokens.length && this.tokens[i]?.text !== ')') i += 1
      i += 1
    }
    if (this.tokens[i]?.text.toUpperCase() !== 'AS') return false
    this.commonTables.add(plainName(name).toLowerCase())
    return true
  }
}

function newLevel(): Level {
  return { wantsTable: false, isFrom: false, isWith: false, isCall: false, isEmpty: true }
}

function canName({ kind, text }: SqlToken): boolean {
  return ['name', 'quoted', 'function'].includes(kind) || freeWords.has(text.toUpperCase())
}
