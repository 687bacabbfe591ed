import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import {
  AsyncByteQueue,
  Field,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
} from 'apache-arrow'
import { arrowType } from './arrow-type.ts'
import { encodeVector } from './arrow-vector.ts'

/** The member of a field's metadata that holds its SQL type. */
export const sqlTypeKey = 'sqlType'

/** Turns DuckDB's chunks into an Arrow IPC stream. Types that Arrow has no equal of go as their text. */
export class ArrowEncoder {
  readonly #types: readonly DuckDBType[]
  readonly #schema: Schema
  readonly #sink = new ByteCollector()
  readonly #writer = new RecordBatchStreamWriter()
  readonly #batchRowsMax: number

  /** @param batchRowsMax rows of one message at most; a chunk has some two thousand */
  constructor(names: readonly string[], types: readonly DuckDBType[], batchRowsMax = Infinity) {
    this.#batchRowsMax = batchRowsMax
    this.#types = types
    this.#schema = new Schema(
      types.map((type, index) => {
        const metadata = new Map([[sqlTypeKey, type.alias ?? type.toString()]])
        return new Field(names[index] ?? '', arrowType(type), true, metadata)
      }),
    )
    this.#writer.reset(this.#sink, this.#schema)
  }

  /** The message that begins the stream. */
  schema(): Buffer {
    return this.#sink.take()
  }

  /** The messages of the first `rowsMax` rows of a chunk. */
  batches(chunk: DuckDBDataChunk, rowsMax: number): Buffer[] {
    const length = Math.min(chunk.rowCount, rowsMax)
    const children = this.#types.map((type, index) =>
      encodeVector({ vector: duckdb.data_chunk_get_vector(chunk.chunk, index), type, length }),
    )
    const type = new Struct(this.#schema.fields)
    const whole = new RecordBatch(this.#schema, makeData({ type, length, children }))
    if (length <= this.#batchRowsMax) return [this.#message(whole)]
    const messages: Buffer[] = []
    for (let from = 0; from < length; from += this.#batchRowsMax) {
      messages.push(this.#message(whole.slice(from, Math.min(length, from + this.#batchRowsMax))))
    }
    return messages
  }

  /** The message that ends the stream. */
  end(): Buffer {
    this.#writer.finish()
    return this.#sink.take()
  }

  #message(batch: RecordBatch): Buffer {
    this.#writer.write(batch)
    return this.#sink.take()
  }
}

/** Takes what an Arrow writer writes. */
export class ByteCollector extends AsyncByteQueue {
  #parts: Uint8Array[] = []

  override write(part: ArrayBufferView): void {
    if (part.byteLength === 0) return
    this.#parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  }

  take(): Buffer {
    const joined = Buffer.concat(this.#parts)
    this.#parts = []
    return joined
  }
}
