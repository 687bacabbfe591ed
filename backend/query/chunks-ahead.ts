import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'

/** The chunks of a result that streams: DuckDB makes the next one while one is encoded and sent. */
export class ChunksAhead {
  readonly #result: DuckDBResult
  #next: Promise<DuckDBDataChunk | null>

  constructor(result: DuckDBResult) {
    this.#result = result
    this.#next = this.#fetch()
  }

  /** @returns undefined at the end, and where the result has broken off */
  async next(): Promise<DuckDBDataChunk | undefined> {
    const chunk = await this.#next
    if (!chunk?.rowCount) return undefined
    this.#next = this.#fetch()
    return chunk
  }

  /** Resolves when DuckDB makes no more: before that its connection bears no other statement. */
  async settle(): Promise<void> {
    await this.#next.catch(() => {})
  }

  #fetch(): Promise<DuckDBDataChunk | null> {
    const next = this.#result.fetchChunk()
    // Whoever asks for it is told of its failure; it may come before.
    next.catch(() => {})
    return next
  }
}
