import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  SMALLINT,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { inTransaction } from '../../base/duckdb.ts'
import { Failure } from '../../base/failure.ts'
import { identifier } from '../../base/sql.ts'
import { type MappedRow, unpackRows } from '../../live/packed-rows.ts'
import { decodeKey, type KeyColumn, keyColumns } from '../../live/row-key.ts'
import { isKeyPart, type MappedColumn, type TableMapping } from '../../live/table-mapping.ts'
import { type CodedValue, type RawType, ValueCodec } from '../../live/value-codec.ts'

const chunkRows = 2048
const rawTypes: Readonly<Record<RawType, DuckDBType>> = {
  ...{ BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, DOUBLE, VARCHAR, BLOB },
}

/**
 * The tables of HBase as statements see them: each is a view over a temporary table of the connection, which holds the
 * rows that the statement needs.
 */
export class MappedRelations {
  readonly #writer: DuckDBConnection
  readonly mappings = new Map<string, TableMapping>()
  /** The tables that connections have, and the ids of the mappings that they were made for. */
  readonly #tables = new WeakMap<DuckDBConnection, Map<string, string>>()

  constructor(writer: DuckDBConnection) {
    this.#writer = writer
  }

  static async prepare(connection: DuckDBConnection): Promise<void> {
    await connection.run('CREATE SCHEMA hbase')
  }

  async add(mapping: TableMapping): Promise<void> {
    const { name, columns } = mapping
    const selected = columns.map(column => {
      const own = identifier(column.name)
      return `${codecOf(column).sql(own)} AS ${own}`
    })
    await inTransaction(this.#writer, async () => {
      await this.#writer.run(`DROP TABLE IF EXISTS temp.${tableOf(name)}`)
      await this.#writer.run(createSql(mapping))
      await this.#writer.run(
        `CREATE OR REPLACE VIEW hbase.${identifier(name)} AS SELECT ${selected.join(', ')} FROM ${tableOf(name)}`,
      )
    })
    this.mappings.set(name, mapping)
  }

  async remove(name: string): Promise<void> {
    await this.#writer.run(`DROP VIEW IF EXISTS hbase.${identifier(name)}`)
    this.mappings.delete(name)
  }

  /** Gives the connection a table of its own for rows of the mapping; to be called outside of transactions. */
  async prepareFor(connection: DuckDBConnection, mapping: TableMapping): Promise<void> {
    const known = this.#tables.get(connection) ?? new Map<string, string>()
    this.#tables.set(connection, known)
    if (known.get(mapping.name) === mapping.id) return
    await connection.run(`DROP TABLE IF EXISTS temp.${tableOf(mapping.name)}`)
    await connection.run(createSql(mapping))
    known.set(mapping.name, mapping.id)
  }

  /** Gives the table a row without values: of one that is empty DuckDB plans no scan. */
  async loadNone(connection: DuckDBConnection, { name }: TableMapping): Promise<void> {
    await connection.run(`INSERT INTO temp.${tableOf(name)} DEFAULT VALUES`)
  }

  /**
   * Fills that table with rows that come packed, and resolves with their number. They are there until the end of the
   * transaction, which has to be rolled back.
   */
  async load(
    connection: DuckDBConnection,
    mapping: TableMapping,
    { cells, packs }: { cells: readonly string[]; packs: AsyncIterable<Buffer> },
  ): Promise<number> {
    const appender = await connection.createAppender(`hbase ${mapping.name}`, 'main', 'temp')
    const decoder = new RowDecoder(mapping, cells)
    const types = mapping.columns.map(column => rawTypes[codecOf(column).rawType])
    const chunk = DuckDBDataChunk.create(types)
    let rows: DuckDBValue[][] = []
    let count = 0
    const flush = (): void => {
      if (rows.length === 0) return
      chunk.reset()
      chunk.setRows(rows)
      appender.appendDataChunk(chunk)
      count += rows.length
      rows = []
    }
    try {
      for await (const packed of packs) {
        for (const row of unpackRows(packed, cells.length)) {
          rows.push(decoder.decode(row))
          if (rows.length === chunkRows) flush()
        }
      }
      flush()
    } finally {
      appender.closeSync()
    }
    return count
  }
}

/** Makes values of DuckDB of a row's bytes. */
export class RowDecoder {
  readonly #mapping: TableMapping
  readonly #cells: readonly string[]
  readonly #keys: readonly KeyColumn[]
  readonly #codecs: readonly ValueCodec[]

  constructor(mapping: TableMapping, cells: readonly string[]) {
    this.#mapping = mapping
    this.#cells = cells
    this.#keys = keyColumns(mapping)
    this.#codecs = mapping.columns.map(codecOf)
  }

  /** @throws Failure `sql-runtime` when the bytes are not what the mapping says */
  decode({ key, timestamp, values }: MappedRow): DuckDBValue[] {
    const { table, columns } = this.#mapping
    const parts = decodeKey(key, this.#keys)
    if (!Array.isArray(parts)) throw misread(table, key, { column: parts.column, bytes: key })
    let part = 0
    return columns.map((column, index) => {
      const { source } = column
      if (source.from === 'version') return BigInt(timestamp)
      const codec = this.#codecs[index]
      if (source.from === 'key') return duckDbValue(parts[part++], codec)
      const bytes = values[this.#cells.indexOf(source.cell)] ?? null
      if (bytes === null) return null
      const value = codec?.decode(bytes)
      if (value === undefined) throw misread(table, key, { column, bytes })
      return duckDbValue(value, codec)
    })
  }
}

function codecOf({ type, source }: MappedColumn): ValueCodec {
  if (source.from === 'version') return new ValueCodec(type, 'binary')
  return new ValueCodec(type, source.encoding)
}

function duckDbValue(value: CodedValue | undefined, codec: ValueCodec | undefined): DuckDBValue {
  if (value === undefined) return null
  if (Buffer.isBuffer(value)) return blobValue(value)
  return typeof value === 'bigint' && codec?.rawType !== 'BIGINT' ? Number(value) : value
}

function createSql({ name, columns }: TableMapping): string {
  const typed = columns.map(column => `${identifier(column.name)} ${codecOf(column).rawType}`)
  return `CREATE TEMP TABLE ${tableOf(name)} (${typed.join(', ')})`
}

function tableOf(name: string): string {
  return identifier(`hbase ${name}`)
}

function misread(
  table: string,
  key: Buffer,
  { column, bytes }: { column: MappedColumn; bytes: Buffer },
): Failure {
  const { name, type } = column
  const where = isKeyPart(column)
    ? 'the key'
    : column.source.from === 'cell'
      ? column.source.cell
      : ''
  return new Failure(
    'sql-runtime',
    `${where} of the row ${printed(key)} of ${table} is ${printed(bytes)}, which is not ${name} ${type} as it is mapped.`,
    {
      hint: 'Map the column AS TEXT when it holds what is printed, or as a BLOB to see what it holds.',
    },
  )
}

/** Bytes as HBase's shell prints them. */
export function printed(bytes: Buffer): string {
  const shown = [...bytes.subarray(0, 40)].map(byte =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  )
  return `'${shown.join('')}'${bytes.length > 40 ? '…' : ''}`
}
