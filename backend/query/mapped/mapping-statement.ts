import { Failure } from '../../base/failure.ts'
import { isDefinition, statementPattern } from '../../contract/definition-statement.ts'
import type {
  ColumnSource,
  Encoding,
  MappedColumn,
  TableMapping,
} from '../../live/table-mapping.ts'
import { binaryTypes } from '../../live/value-codec.ts'

/** What can be said of tables of HBase, besides reading them. */
export type MappingStatement =
  | {
      readonly kind: 'create'
      readonly replaces: boolean
      readonly ifAbsent: boolean
      readonly mapping: Omit<TableMapping, 'id'>
    }
  | { readonly kind: 'drop'; readonly name: string; readonly ifThere: boolean }
  | { readonly kind: 'show' }

const name = String.raw`("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_]*)`
const begins = statementPattern('(?:create|drop|show)(?: or replace)? hbase ')
const create = statementPattern(
  `create( or replace)? hbase table( if not exists)? (?:hbase~\\.~)?${name}~\\(`,
)
const drop = statementPattern(`drop hbase table( if exists)? (?:hbase~\\.~)?${name}~;?~$`)
const show = statementPattern('show hbase tables~;?~$')

/**
 * Reads a statement about a table of HBase; undefined when it is none.
 * @throws Failure `sql-syntax` when it begins like one and goes on otherwise, `sql-invalid` for a mapping that cannot be
 */
export function mappingStatementOf(sql: string): MappingStatement | undefined {
  if (!isDefinition(sql) || !begins.test(sql)) return undefined
  const created = create.exec(sql)
  if (created) {
    const [head, replaces, ifAbsent, quoted = ''] = created
    const mapping = new MappingParser(sql, head.length).mapping(plain(quoted))
    return {
      kind: 'create',
      replaces: replaces !== undefined,
      ifAbsent: ifAbsent !== undefined,
      mapping,
    }
  }
  const dropped = drop.exec(sql)
  if (dropped) {
    const [, ifThere, quoted = ''] = dropped
    return { kind: 'drop', name: plain(quoted), ifThere: ifThere !== undefined }
  }
  if (show.test(sql)) return { kind: 'show' }
  throw wrong('This is no statement about a table of HBase.')
}

const token =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|(?<text>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")+")|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d+)|(?<mark>[(),=;])|(?<other>[\s\S])/gu

interface Token {
  readonly kind: 'text' | 'quoted' | 'word' | 'number' | 'mark' | 'other'
  readonly text: string
}

/** Other names of types, as DuckDB has them. */
const typeNames: Readonly<Record<string, string>> = {
  ...{ BOOL: 'BOOLEAN', LOGICAL: 'BOOLEAN', INT1: 'TINYINT', INT2: 'SMALLINT', SHORT: 'SMALLINT' },
  ...{ INT: 'INTEGER', INT4: 'INTEGER', SIGNED: 'INTEGER', INT8: 'BIGINT', LONG: 'BIGINT' },
  ...{ REAL: 'FLOAT', FLOAT4: 'FLOAT', FLOAT8: 'DOUBLE', NUMERIC: 'DECIMAL' },
  ...{ TEXT: 'VARCHAR', STRING: 'VARCHAR', CHAR: 'VARCHAR', BYTEA: 'BLOB', BINARY: 'BLOB' },
  ...{ VARBINARY: 'BLOB', DATETIME: 'TIMESTAMP' },
}
const types = [...binaryTypes, 'VARCHAR', 'JSON', 'BLOB', 'DECIMAL', 'HUGEINT']
/** With its namespace, where it has one. */
const hbaseName = /^(?:\w[\w.-]*:)?\w[\w.-]*$/
const encodings: readonly string[] = ['binary', 'text', 'ordered', 'reversed']

/** Reads what stands between the parentheses of CREATE HBASE TABLE, and behind them. */
class MappingParser {
  readonly #tokens: Token[]
  #at = 0

  constructor(sql: string, start: number) {
    this.#tokens = [...sql.slice(start).matchAll(token)].flatMap(({ groups = {} }) => {
      const [kind, text] = Object.entries(groups).find(([, value]) => value !== undefined) ?? []
      return kind && text ? [{ kind: kind as Token['kind'], text }] : []
    })
  }

  mapping(tableName: string): Omit<TableMapping, 'id'> {
    const columns = [this.#column()]
    while (this.#takes(',')) columns.push(this.#column())
    this.#expect(')')
    this.#expectWord('FROM')
    const table = this.#text('the name of the table in HBase')
    if (!hbaseName.test(table)) throw invalid(`“${table}” is no name of a table in HBase.`)
    const versionsMax = this.#takesWord('WITH') ? this.#versions() : 1
    this.#takes(';')
    if (this.#next) throw wrong(`Nothing was expected before “${this.#next.text}”.`)
    checkColumns(columns)
    return { name: tableName, table, versionsMax, columns }
  }

  #column(): MappedColumn {
    const { kind, text } = this.#take('the name of a column')
    if (kind !== 'word' && kind !== 'quoted') throw wrong(`“${text}” is no name of a column.`)
    const name = kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text
    const type = this.#type(name)
    return { name, type, source: this.#source(name, type) }
  }

  #type(column: string): string {
    const written = this.#take(`the type of ${column}`).text.toUpperCase()
    const type = typeNames[written] ?? written
    if (!types.includes(type)) {
      throw new Failure('sql-invalid', `${column} cannot be ${written}.`, {
        hint: `The types of columns in HBase are ${types.join(', ')}.`,
      })
    }
    if (type !== 'DECIMAL') return type
    if (!this.#takes('(')) return 'DECIMAL(18,3)'
    const precision = this.#number()
    const scale = this.#takes(',') ? this.#number() : 0
    this.#expect(')')
    return `DECIMAL(${precision},${scale})`
  }

  #source(name: string, type: string): ColumnSource {
    if (this.#takesWord('VERSION')) {
      if (type === 'TIMESTAMP' || type === 'BIGINT') return { from: 'version' }
      throw invalid(`${name} is a VERSION: it is a TIMESTAMP or a BIGINT.`)
    }
    if (this.#takesWord('KEY')) {
      const until = this.#takesWord('UNTIL') ? this.#text('what ends it') : undefined
      const width = this.#takesWord('WIDTH') ? this.#number() : undefined
      return { from: 'key', encoding: this.#encoding(type), until, width }
    }
    if (!this.#takesWord('CELL')) {
      throw wrong(`${name} is a KEY, a CELL 'family:qualifier' or the VERSION.`)
    }
    const cell = this.#text("the cell, as 'family:qualifier'")
    if (!/^[^:]+:/.test(cell)) throw invalid(`${name}: “${cell}” is not like 'family:qualifier'.`)
    const encoding = this.#encoding(type)
    const isRequired = this.#takesWord('NOT')
    if (isRequired) this.#expectWord('NULL')
    return { from: 'cell', cell, encoding, isRequired }
  }

  #encoding(type: string): Encoding {
    const isBinary = binaryTypes.includes(type)
    if (!this.#takesWord('AS')) return isBinary ? 'binary' : 'text'
    const encoding = this.#take('an encoding').text.toLowerCase()
    if (!encodings.includes(encoding)) {
      throw wrong(`“${encoding}” is none of ${encodings.join(', ').toUpperCase()}.`)
    }
    const isOrder = encoding === 'ordered' || encoding === 'reversed'
    const isWhole = isBinary && !['BOOLEAN', 'FLOAT', 'DOUBLE', 'UUID'].includes(type)
    const canBe = isWhole || (encoding === 'ordered' && (type === 'FLOAT' || type === 'DOUBLE'))
    if ((isOrder && !canBe) || (encoding === 'binary' && !isBinary && type !== 'BLOB')) {
      throw invalid(`A ${type} cannot be ${encoding.toUpperCase()}.`)
    }
    return encoding as Encoding
  }

  #versions(): number {
    this.#expect('(')
    this.#expectWord('VERSIONS')
    this.#expect('=')
    const versions = this.#number()
    this.#expect(')')
    if (versions < 1) throw invalid('There is at least 1 version.')
    return versions
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #take(what: string): Token {
    const next = this.#next
    if (next === undefined) throw wrong(`The statement ends where ${what} is expected.`)
    this.#at++
    return next
  }

  #takes(mark: string): boolean {
    if (this.#next?.kind !== 'mark' || this.#next.text !== mark) return false
    this.#at++
    return true
  }

  #takesWord(word: string): boolean {
    if (this.#next?.kind !== 'word' || this.#next.text.toUpperCase() !== word) return false
    this.#at++
    return true
  }

  #expect(mark: string): void {
    if (!this.#takes(mark)) throw wrong(`“${mark}” is expected ${this.#place()}.`)
  }

  #expectWord(word: string): void {
    if (!this.#takesWord(word)) throw wrong(`${word} is expected ${this.#place()}.`)
  }

  #text(what: string): string {
    const { kind, text } = this.#take(what)
    if (kind !== 'text') throw wrong(`“${text}” stands where ${what} is expected, in quotes.`)
    return text.slice(1, -1).replaceAll("''", "'")
  }

  #number(): number {
    const { kind, text } = this.#take('a number')
    if (kind !== 'number') throw wrong(`“${text}” stands where a number is expected.`)
    return Number(text)
  }

  #place(): string {
    return this.#next ? `before “${this.#next.text}”` : 'at the end'
  }
}

function checkColumns(columns: readonly MappedColumn[]): void {
  const names = columns.map(({ name }) => name.toLowerCase())
  const twice = names.find((each, index) => names.indexOf(each) < index)
  if (twice !== undefined) throw invalid(`There are two columns ${twice}.`)
  const keys = columns.flatMap(({ name, type, source }) =>
    source.from === 'key' ? [{ name, type, ...source }] : [],
  )
  if (keys.length === 0) throw invalid('No column is the KEY, or a part of it.')
  for (const { name, type, encoding, until, width } of keys.slice(0, -1)) {
    const isFixed = encoding !== 'text' && binaryTypes.includes(type)
    if (!isFixed && until === undefined && width === undefined) {
      throw invalid(`Where does ${name} end in the key? Say UNTIL 'x', or WIDTH and its bytes.`)
    }
  }
}

/** Names are told apart as DuckDB does, whatever their case. */
function plain(quoted: string): string {
  const text = quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted
  return text.toLowerCase()
}

function wrong(detail: string): Failure {
  return new Failure('sql-syntax', detail, { hint })
}

function invalid(detail: string): Failure {
  return new Failure('sql-invalid', detail, { hint })
}

const hint =
  "CREATE [OR REPLACE] HBASE TABLE name (id BIGINT KEY, name VARCHAR CELL 'd:name', …) FROM 'table', DROP HBASE TABLE name, or SHOW HBASE TABLES; docs/hbase.md has all of it."
