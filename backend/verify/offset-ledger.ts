import type { DuckDBConnection } from '@duckdb/node-api'
import { literal } from '../base/sql.ts'
import type { OffsetRange } from '../contract/verification.ts'
import type { Claim } from './claims.ts'
import {
  countsSql,
  kinds,
  oddSegmentsSql,
  type RunKind,
  schemaSql,
  segmentsSql,
} from './ledger-sql.ts'

/** What was found at the offsets of a claim; `claim` is undefined for those that none is about. */
export interface ClaimCount {
  readonly claim: Claim | undefined
  readonly partition: number
  /** Copies count. */
  readonly rows: number
  readonly deadLetters: number
  /** Offsets that are neither. */
  readonly missing: number
  readonly segments: readonly Segment[]
}

/** Consecutive offsets of a partition at which the same was found: nothing, too much, or what cannot be. */
export interface Segment extends OffsetRange {
  readonly rows: number
  readonly deadLetters: number
  /** Whether the log was read here, and has no event here. */
  readonly isInLog: boolean
  readonly isEmptyInLog: boolean
  readonly isSetAside: boolean
}

/** Offsets as runs of consecutive ones in tables of DuckDB, which counts them: they may be more than fit into memory. */
export class OffsetLedger {
  readonly #connection: DuckDBConnection
  #sources = 0

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(connection: DuckDBConnection): Promise<OffsetLedger> {
    await connection.run(schemaSql)
    return new OffsetLedger(connection)
  }

  /**
   * Adds the offsets of a Parquet file.
   * @param options.stream whose dead letters are counted; undefined: the file holds rows of a stream
   * @returns how many rows the file has, of all streams
   */
  async addFile(
    localFile: string,
    options: { readonly stream?: string; readonly decodesAll: boolean },
  ): Promise<{ source: number; rows: number }> {
    const { stream, decodesAll } = options
    const file = `read_parquet(${literal(localFile)}, hive_partitioning = false)`
    const source = ++this.#sources
    const places =
      stream === undefined
        ? `SELECT _partition AS part, _offset AS place FROM ${file}`
        : `SELECT log_partition AS part, log_offset AS place FROM ${file} WHERE stream = ${literal(stream)}`
    const kind = kinds[stream === undefined ? 'row' : 'deadLetter']
    await this.#connection.run(`INSERT INTO runs
      SELECT ${source}, ${kind}, part, min(place), max(place) + 1, copies FROM (
        SELECT *, place - row_number() OVER (PARTITION BY part, copies ORDER BY place) AS island
        FROM (SELECT part, place, count(*) AS copies FROM (${places})
          WHERE part IS NOT NULL AND place IS NOT NULL GROUP BY ALL))
      GROUP BY part, copies, island`)
    const counted = decodesAll ? 'count(*)::DOUBLE, max(hash(f))' : 'count(*)::DOUBLE'
    const [[rows] = []] = await this.#rows(`SELECT ${counted} FROM ${file} f`)
    return { source, rows: Number(rows) }
  }

  async forgetFile(source: number): Promise<void> {
    await this.#connection.run(`DELETE FROM runs WHERE source = ${source}`)
  }

  async addRanges(
    kind: Exclude<RunKind, 'row' | 'deadLetter'>,
    partition: number,
    ranges: readonly OffsetRange[],
  ): Promise<void> {
    if (ranges.length === 0) return
    const appender = await this.#connection.createAppender('runs')
    for (const { startOffset, endOffset } of ranges) {
      appender.appendInteger(0)
      appender.appendTinyInt(kinds[kind])
      appender.appendInteger(partition)
      appender.appendBigInt(BigInt(startOffset))
      appender.appendBigInt(BigInt(endOffset))
      appender.appendInteger(1)
      appender.endRow()
    }
    appender.closeSync()
  }

  /**
   * Counts what was found at the offsets of each claim. Where it is as claimed, there are no segments.
   * @param claims in the order of their offsets within each partition, without a hole
   */
  async count(claims: readonly Claim[]): Promise<ClaimCount[]> {
    await this.#addClaims(claims)
    await this.#connection.run(`CREATE TABLE segments AS ${segmentsSql}`)
    const counts = await this.#rows(countsSql)
    const segments = await this.#segments()
    return counts.map(([id, part, ...numbers]) => {
      const [rows = 0, deadLetters = 0, missing = 0] = numbers.map(Number)
      return {
        claim: claims[Number(id)],
        partition: Number(part),
        ...{ rows, deadLetters, missing },
        segments: segments.get(`${id}/${part}`) ?? [],
      }
    })
  }

  async #segments(): Promise<Map<string, Segment[]>> {
    const segments = new Map<string, Segment[]>()
    for (const row of await this.#rows(oddSegmentsSql)) {
      const [id, part, startOffset, endOffset, rows, deadLetters, ...marks] = row.map(Number)
      const [logRead = 0, logEmpty = 0, setAside = 0] = marks
      const ofClaim = segments.get(`${id}/${part}`) ?? []
      segments.set(`${id}/${part}`, ofClaim)
      ofClaim.push({
        startOffset: startOffset ?? 0,
        endOffset: endOffset ?? 0,
        rows: rows ?? 0,
        deadLetters: deadLetters ?? 0,
        isInLog: logRead > logEmpty,
        isEmptyInLog: logEmpty > 0,
        isSetAside: setAside > 0,
      })
    }
    return segments
  }

  async #addClaims(claims: readonly Claim[]): Promise<void> {
    const appender = await this.#connection.createAppender('claims')
    for (const [id, claim] of claims.entries()) {
      appender.appendInteger(id)
      appender.appendInteger(claim.partition)
      appender.appendBigInt(BigInt(claim.startOffset))
      appender.appendBigInt(BigInt(claim.endOffset))
      appender.appendBigInt(BigInt(claim.rows))
      appender.appendBigInt(BigInt(claim.deadLetters))
      appender.appendBigInt(BigInt(claim.duplicates))
      appender.endRow()
    }
    appender.closeSync()
  }

  async #rows(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJS() as unknown[][]
  }
}
