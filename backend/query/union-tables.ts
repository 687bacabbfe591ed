import { join } from 'node:path'
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { inTransaction } from '../base/duckdb.ts'
import { invariant } from '../base/invariant.ts'
import { identifier, literal } from '../base/sql.ts'
import type { StreamState } from '../contract/query.ts'
import {
  appendDeadLetters,
  createDeadLetterTable,
  deadLetterColumns,
} from '../events/dead-letter-table.ts'
import { decodeBatches } from '../events/decode.ts'
import { type RecordBatch, takeBatches } from '../events/record-batch.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import { scanListSql, scanSql } from '../lake/scan.ts'
import type { TableFile, TableState } from './engine-messages.ts'
import { isAtOrAbove, notAhead } from './position-sql.ts'
import { isAllHere, LakeFiles, scanVariable } from './scans/lake-files.ts'

interface Stream {
  readonly definition: StreamDefinition
  /** The tail's tables, by their names in the schema `tail`; they change as the lake takes over. */
  rowsTable: string
  deadLettersTable: string
  readonly positions: Map<number, number>
  readonly lakeFiles: LakeFiles
  /** The snapshot of the lake below the tail. */
  state: TableState
  asOf: number
}

/** Where the rows of a stream are: what live views are worked out from. */
export interface StreamSource {
  readonly stream: string
  /** Of the newest snapshot. */
  readonly version: number
  readonly files: readonly TableFile[]
  /** Partition → the first offset that those files do not hold. */
  readonly committed: ReadonlyMap<number, number>
  /** The tail's rows. */
  readonly rowsTable: string
  /** All columns, as SQL. */
  readonly columns: string
  /** SQL of all columns of the rows in some files. */
  scan(files: readonly TableFile[]): string
  /** The condition that a row lies at or above the positions. */
  isAtOrAbove(positions: ReadonlyMap<number, number>): string
}

/** Every statement reads them. */
const positionRowsMax = 200
const createPositions =
  'CREATE OR REPLACE TABLE millrace.positions (stream VARCHAR, version BIGINT, part INTEGER, next_offset BIGINT)'

let tablesMade = 0

/**
 * The tables that statements see: history from files of the lake, and on top of it the tail that the lake has not taken
 * yet. Each change is one transaction of DuckDB, so that a statement sees the one or the other and never both or neither.
 */
export class UnionTables {
  readonly #connection: DuckDBConnection
  readonly #scratchFolder: string
  readonly #streams = new Map<string, Stream>()
  #deadLetters: TableState
  #positionRows = 0
  readonly #positionReaders = new WeakMap<DuckDBConnection, Promise<DuckDBPreparedStatement>>()
  #onSource: (stream: string) => Promise<void> = async () => {}

  private constructor(connection: DuckDBConnection, scratchFolder: string) {
    this.#connection = connection
    this.#scratchFolder = scratchFolder
    this.#deadLetters = emptyState('dead_letters', deadLetterColumns)
  }

  static async open(
    connection: DuckDBConnection,
    definitions: readonly StreamDefinition[],
    scratchFolder: string,
  ): Promise<UnionTables> {
    const tables = new UnionTables(connection, scratchFolder)
    await connection.run('CREATE SCHEMA tail; CREATE SCHEMA lake; CREATE SCHEMA millrace')
    await connection.run(createPositions)
    await LakeFiles.prepare(connection)
    for (const definition of definitions) await tables.#addStream(definition)
    await tables.applyTable(tables.#deadLetters)
    return tables
  }

  /** Has something done within the transaction that puts a stream on another snapshot. */
  set onSource(listener: (stream: string) => Promise<void>) {
    this.#onSource = listener
  }

  /** As it is for the next transaction. */
  sourceOf(name: string): StreamSource {
    const { definition, state, rowsTable } = this.#stream(name)
    const columns = storedColumns(definition)
    return {
      stream: name,
      version: state.version,
      files: state.files,
      committed: state.positions.get(name) ?? new Map(),
      rowsTable: tail(rowsTable),
      columns: columns.map(column => identifier(column.name)).join(', '),
      scan: files => {
        const localFiles = files.map(({ localFile }) => localFile)
        return scanSql(localFiles, columns, state.hasOlderFiles)
      },
      isAtOrAbove: positions =>
        isAtOrAbove(positions, { partition: '_partition', offset: '_offset' }),
    }
  }

  /** Partition → the next offset that the stream's table does not hold yet. */
  positionsOf(stream: string): ReadonlyMap<number, number> {
    return this.#stream(stream).positions
  }

  /** The version of the lake's table below the tail. */
  versionOf(stream: string): number {
    return this.#stream(stream).state.version
  }

  /** Whether the history of a stream is on this machine. */
  isHere(stream: string): boolean {
    return isAllHere(this.#stream(stream).state)
  }

  /** By stream. */
  get lakeFiles(): ReadonlyMap<string, LakeFiles> {
    return new Map([...this.#streams].map(([name, { lakeFiles }]) => [name, lakeFiles]))
  }

  get streams(): readonly string[] {
    return [...this.#streams.keys()]
  }

  /** Stream → all that was appended before this moment is in its table. */
  asOf(stream: string): number {
    return this.#stream(stream).asOf
  }

  /** Puts the lake's part of a table on a new snapshot and drops the tail that it holds. */
  async applyTable(state: TableState): Promise<void> {
    if (state.table === this.#deadLetters.table) await this.#applyDeadLetters(state)
    else await this.#applyEvents(state, this.#stream(state.table))
  }

  /**
   * Adds to the tail what goes on at its positions; what it has already is skipped.
   * @returns false when there is a gap before the batches, and nothing was added
   */
  async applyTail(name: string, batches: readonly RecordBatch[], asOf: number): Promise<boolean> {
    const stream = this.#stream(name)
    const positions = new Map(stream.positions)
    const taken = takeBatches(batches, positions)
    if (taken === undefined) return false
    if (taken.some(batch => batch.count > 0)) await this.#addRows(stream, taken, positions)
    else if (taken.length > 0) await this.#savePositions(stream, positions)
    stream.asOf = Math.max(stream.asOf, asOf)
    return true
  }

  /** What a statement of the same transaction sees. */
  async statesSeenBy(connection: DuckDBConnection, now: number): Promise<StreamState[]> {
    const asOf = new Map([...this.#streams].map(([name, stream]) => [name, stream.asOf]))
    const read = await (await this.#positionReader(connection)).runAndReadAll()
    const found = new Map<string, { version: number; offsets: Map<number, number> }>()
    for (const row of read.getRowsJS() as [string, number, number | null, number][]) {
      const [stream, version, partition, nextOffset] = row
      const { offsets, ...before } = found.get(stream) ?? { version, offsets: new Map() }
      if (partition !== null) {
        offsets.set(partition, Math.max(nextOffset, offsets.get(partition) ?? 0))
      }
      found.set(stream, { version: Math.max(version, before.version), offsets })
    }
    return [...found].sort(byFirst).map(([stream, { version, offsets }]) => ({
      stream,
      version,
      partitions: [...offsets]
        .sort(byFirst)
        .map(([partition, nextOffset]) => ({ partition, nextOffset })),
      ageMs: Math.max(now - (asOf.get(stream) ?? 0), 0),
    }))
  }

  /** Prepared once for each connection: every statement begins with it. */
  #positionReader(connection: DuckDBConnection): Promise<DuckDBPreparedStatement> {
    const known = this.#positionReaders.get(connection)
    if (known) return known
    const reader = connection.prepare(
      'SELECT stream, version::DOUBLE, part, next_offset::DOUBLE FROM millrace.positions',
    )
    this.#positionReaders.set(connection, reader)
    return reader
  }

  async #addStream(definition: StreamDefinition): Promise<void> {
    const emptyFile = join(this.#scratchFolder, `${newName('none')}.parquet`)
    const columnsInFiles = storedColumns(definition)
    const lakeFiles = new LakeFiles(definition.stream, columnsInFiles, emptyFile)
    await lakeFiles.open(this.#connection)
    const stream: Stream = {
      definition,
      lakeFiles,
      rowsTable: newName('rows'),
      deadLettersTable: newName('dead letters'),
      positions: new Map(),
      state: emptyState(definition.stream, columnsInFiles),
      asOf: 0,
    }
    this.#streams.set(definition.stream, stream)
    const columns = columnsInFiles.map(({ name, type }) => `${identifier(name)} ${type}`)
    await this.#connection.run(`CREATE TABLE ${tail(stream.rowsTable)} (${columns.join(', ')})`)
    await createDeadLetterTable(this.#connection, tail(stream.deadLettersTable))
    await this.#applyEvents(stream.state, stream)
  }

  async #applyEvents(state: TableState, stream: Stream): Promise<void> {
    const { definition } = stream
    const committed = state.positions.get(definition.stream) ?? new Map()
    const rowsTable = newName('rows')
    const positions = new Map(stream.positions)
    for (const [partition, position] of committed) {
      positions.set(partition, Math.max(position, positions.get(partition) ?? 0))
    }
    await inTransaction(this.#connection, async () => {
      const isNewer = isAtOrAbove(committed, { partition: '_partition', offset: '_offset' })
      await this.#connection.run(
        `CREATE TABLE ${tail(rowsTable)} AS FROM ${tail(stream.rowsTable)} WHERE ${isNewer}`,
      )
      await this.#connection.run(`DROP TABLE ${tail(stream.rowsTable)}`)
      await stream.lakeFiles.apply(this.#connection, state)
      const files = `getvariable(${literal(scanVariable(definition.stream))})`
      const scan = scanListSql(files, storedColumns(definition), state.hasOlderFiles)
      const columns = definition.columns.map(({ name }) => identifier(name)).join(', ')
      const name = identifier(definition.stream)
      await this.#connection.run(`CREATE OR REPLACE VIEW lake.${name} AS ${scan}`)
      await this.#connection.run(
        // Of a statement that uses no column, such as count(*), DuckDB reads the first one below the union.
        `CREATE OR REPLACE VIEW main.${name} AS SELECT ${columns} FROM (
           SELECT _partition, ${columns} FROM (${scan})
           UNION ALL SELECT _partition, ${columns} FROM ${tail(rowsTable)})`,
      )
      await this.#connection.run(
        `CREATE OR REPLACE VIEW tail.${name} AS SELECT ${columns} FROM ${tail(rowsTable)}`,
      )
      stream.state = state
      stream.rowsTable = rowsTable
      await this.#writePositions(stream, positions, true)
      await this.#onSource(definition.stream)
    })
    await stream.lakeFiles.sample(this.#connection, state)
    copyInto(stream.positions, positions)
  }

  async #applyDeadLetters(state: TableState): Promise<void> {
    const replaced: { stream: Stream; table: string }[] = []
    await inTransaction(this.#connection, async () => {
      for (const stream of this.#streams.values()) {
        const committed = state.positions.get(stream.definition.stream) ?? new Map()
        const table = newName('dead letters')
        const isNewer = isAtOrAbove(committed, { partition: 'log_partition', offset: 'log_offset' })
        await this.#connection.run(
          `CREATE TABLE ${tail(table)} AS FROM ${tail(stream.deadLettersTable)} WHERE ${isNewer}`,
        )
        await this.#connection.run(`DROP TABLE ${tail(stream.deadLettersTable)}`)
        replaced.push({ stream, table })
      }
      const files = state.files.map(({ localFile }) => localFile)
      const scan = scanSql(files, deadLetterColumns, state.hasOlderFiles)
      const tails = replaced.map(({ table }) => `FROM ${tail(table)}`)
      await this.#connection.run(`CREATE OR REPLACE VIEW lake.dead_letters AS ${scan}`)
      await this.#connection.run(
        `CREATE OR REPLACE VIEW main.dead_letters AS ${[notAhead(scan, state.positions), ...tails].join(' UNION ALL ')}`,
      )
    })
    for (const { stream, table } of replaced) stream.deadLettersTable = table
    this.#deadLetters = state
  }

  async #addRows(
    stream: Stream,
    batches: readonly RecordBatch[],
    positions: ReadonlyMap<number, number>,
  ): Promise<void> {
    const { definition } = stream
    const decoded = tail(newName('decoded'))
    try {
      const { deadLetters } = await decodeBatches(this.#connection, definition, batches, {
        table: decoded,
        scratchFolder: this.#scratchFolder,
      })
      const known = this.#deadLetters.positions.get(definition.stream)
      const columns = storedColumns(definition).map(({ name }) => identifier(name))
      await inTransaction(this.#connection, async () => {
        await this.#connection.run(
          `INSERT INTO ${tail(stream.rowsTable)} SELECT ${columns.join(', ')} FROM ${decoded}`,
        )
        await appendDeadLetters(
          this.#connection,
          { schema: 'tail', name: stream.deadLettersTable },
          definition.stream,
          deadLetters.filter(letter => letter.offset >= (known?.get(letter.partition) ?? 0)),
        )
        await this.#writePositions(stream, positions)
      })
      copyInto(stream.positions, positions)
    } finally {
      await this.#connection.run(`DROP TABLE IF EXISTS ${decoded}`)
    }
  }

  async #savePositions(stream: Stream, positions: ReadonlyMap<number, number>): Promise<void> {
    await inTransaction(this.#connection, () => this.#writePositions(stream, positions))
    copyInto(stream.positions, positions)
  }

  /** Rows are only added, the highest count, and now and then the table is made anew: what is deleted is never freed. */
  async #writePositions(
    changed: Stream,
    positions: ReadonlyMap<number, number>,
    isAnew = false,
  ): Promise<void> {
    const rowsOf = (stream: Stream): string[] => {
      const { definition, state } = stream
      const [name, { version }] = [literal(definition.stream), state]
      const current = stream === changed ? positions : stream.positions
      if (current.size === 0) return [`(${name}, ${version}, NULL, 0)`]
      return [...current].map(
        ([partition, offset]) => `(${name}, ${version}, ${partition}, ${offset})`,
      )
    }
    if (isAnew || this.#positionRows > positionRowsMax) {
      const all = [...this.#streams.values()].flatMap(rowsOf)
      await this.#connection.run(createPositions)
      await this.#connection.run(`INSERT INTO millrace.positions VALUES ${all.join(', ')}`)
      this.#positionRows = all.length
      return
    }
    const rows = rowsOf(changed)
    await this.#connection.run(`INSERT INTO millrace.positions VALUES ${rows.join(', ')}`)
    this.#positionRows += rows.length
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name)
    invariant(stream !== undefined, `the engine knows the stream ${name}`)
    return stream
  }
}

function byFirst<K extends string | number>([a]: [K, unknown], [b]: [K, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function storedColumns(definition: StreamDefinition) {
  return [
    ...definition.columns.map(({ name, type }) => ({ name, type })),
    { name: '_partition', type: 'INTEGER' },
    { name: '_offset', type: 'BIGINT' },
  ]
}

function emptyState(table: string, columns: TableState['columns']): TableState {
  return {
    table,
    columns,
    version: -1,
    files: [],
    hasOlderFiles: false,
    positions: new Map(),
  }
}

function copyInto(target: Map<number, number>, source: ReadonlyMap<number, number>): void {
  for (const [partition, position] of source) target.set(partition, position)
}

function tail(table: string): string {
  return `tail.${identifier(table)}`
}

function newName(kind: string): string {
  return `${kind} ${++tablesMade}`
}
