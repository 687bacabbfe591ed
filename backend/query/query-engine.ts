import type {
  EngineName,
  Fetching,
  ParameterValue,
  ResultColumn,
  StreamState,
} from '../contract/query.ts'

/** What a statement reads of the lake's files of one stream. */
export interface StreamScan {
  readonly stream: string
  /** Files that can hold rows that it asks for. */
  readonly files: number
  readonly filesOfAll: number
  readonly rows: number
  /** Of those files, whole. */
  readonly fileBytes: number
  /** Of the columns that it uses in them, about. */
  readonly bytes: number
  /** Whether all files of the stream are on the engine's machine. */
  readonly isHere: boolean
}

export interface Statement {
  readonly sql: string
  readonly params: Readonly<Record<string, ParameterValue>>
}

/** Stream → partition → an offset that the answer must hold. */
export type RequiredOffsets = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface RunOptions {
  readonly signal: AbortSignal
  /** Rows to deliver at most; the rest is only counted. */
  readonly rowsMax: number
  /** Rows of one message at most; without it, as many as the engine likes. */
  readonly batchRowsMax?: number | undefined
  readonly after?: RequiredOffsets | undefined
  readonly timeoutMs: number
  /** Whether the statement will run again whenever something has come. */
  readonly isLive?: boolean | undefined
  readonly onProgress?: ((progress: RunProgress) => void) | undefined
}

/** How far a statement has come. */
export interface RunProgress {
  /** 0 to 1, or null while the engine cannot say. */
  readonly share: number | null
  /** Of the result so far. */
  readonly rows: number
  readonly fetching?: Fetching | undefined
}

/** A result on its way: an Arrow IPC stream, cut where its messages end. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[]
  /** What the answer saw of each stream: one instant for the whole statement. */
  readonly streams: readonly StreamState[]
  /** Whether the same tables may give another answer later, by the clock or by chance. */
  readonly isVolatile: boolean
  /** What it reads of the lake's files; undefined where the engine does not say. */
  readonly scans?: readonly StreamScan[] | undefined
  /** Whether it was answered before, and what it reads is as it was. */
  readonly isRemembered?: boolean | undefined
  /** Whether its aggregates were at hand, and only what has come since had to be read. */
  readonly isKept?: boolean | undefined
  /** The schema first, then batches, then the end of the stream. To be read to its end, or aborted by the signal. */
  readonly messages: AsyncIterable<Buffer>
  /** Rows of the whole result, delivered or not; resolves when `messages` has ended. */
  readonly rowCount: Promise<number>
}

/** SQL in, Arrow out, as it arrives. */
export interface QueryEngine {
  readonly name: EngineName
  /**
   * Runs one statement that reads. Resolves when the first rows are there or the statement has failed.
   * @throws Failure `sql-…` for what is wrong with the statement, `query-…` for what happened to it,
   *   `engine-unavailable` when the engine died under it
   */
  run(statement: Statement, options: RunOptions): Promise<QueryResult>
  close(): Promise<void>
}

/** Tells what a statement would read, without reading it. */
export interface StatementPlanner {
  /** @returns nothing for a statement that does not say what it reads, such as DESCRIBE */
  plan(statement: Statement, signal: AbortSignal): Promise<readonly StreamScan[]>
}
