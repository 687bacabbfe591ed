import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import type { Positions } from '../events/event-log.ts'
import { batchFrom, type RecordBatch, splitBatch, splitBySize } from '../events/record-batch.ts'
import { blockRange, decodeBlock, encodeBlock } from '../events/record-block.ts'
import type { LiveStore, Row } from './live-store.ts'

/** No block covers more offsets, so that a reader knows how far back to look for the one that holds an offset. */
const blockOffsetsMax = 5000
/** HBase refuses a cell of more than 10 MB, unless it is told otherwise; one event may have 8. */
const blockBytesMax = 2 ** 21
const column = 'b:records'
/** For this long the lake may be away before what the live store holds for it begins to go. */
const keptMsMax = 7 * 86_400_000

export interface TailBlock {
  readonly startOffset: number
  readonly endOffset: number
  /** Undefined when it is not what was written. */
  readonly batch: RecordBatch | undefined
}

/**
 * The newest events of a stream in the live store: those that the lake has not committed yet, and some more. Blocks may
 * overlap, because a restart writes them again with other bounds; a reader takes each offset once.
 */
export class Tail {
  readonly #store: LiveStore
  readonly #clock: Clock
  readonly #table: string
  readonly #prefix: Buffer
  /** Blocks in the store, oldest first: those of this process, and of the ones before it once they were looked for. */
  readonly #blocks = new Map<number, { key: Buffer; nextOffset: number }[]>()
  readonly #searched = new Set<number>()

  private constructor(store: LiveStore, clock: Clock, table: string, prefix: Buffer) {
    this.#store = store
    this.#clock = clock
    this.#table = table
    this.#prefix = prefix
  }

  /** @param topicId keeps the blocks of a topic apart from those of one that had its name before */
  static async open(
    store: LiveStore,
    clock: Clock,
    { stream, topicId }: { readonly stream: string; readonly topicId: string },
  ): Promise<Tail> {
    const table = `tail_${stream}`
    await store.ensureTable(table, { b: { versionsMax: 1, ttlMsMax: keptMsMax } })
    const prefix = createHash('sha256').update(topicId).digest().subarray(0, 4)
    return new Tail(store, clock, table, prefix)
  }

  async write(batches: readonly RecordBatch[]): Promise<void> {
    const parts = batches.flatMap(batch => [...blocksOf(batch)])
    const rows = await Promise.all(parts.map(part => this.#rowOf(part)))
    await this.#store.put(this.#table, rows)
    if (!this.#store.deletesCheaply) return
    for (const [index, { partition, nextOffset }] of parts.entries()) {
      const key = rows[index]?.key
      if (key) this.#blocksOf(partition).push({ key, nextOffset })
    }
  }

  /** The events of a partition from `position` on, without a gap, as far as they are there. */
  async *read(partition: number, position: number): AsyncGenerator<RecordBatch> {
    let next = position
    const start = this.#blockKey(partition, Math.max(0, position - blockOffsetsMax))
    const end = this.#blockKey(partition + 1, 0)
    for await (const rows of this.#store.scan(this.#table, { start, end })) {
      for (const { cells } of rows) {
        const [cell] = cells
        if (cell === undefined) continue
        const batch = await decodeBlock(cell.value)
        if (batch.nextOffset <= next) continue
        if (batch.firstOffset > next) return
        yield batchFrom(batch, next)
        next = batch.nextOffset
      }
    }
  }

  /** The blocks of a partition that reach above `position`, as they are stored: they may overlap, or leave offsets out. */
  async *blocks(partition: number, position: number): AsyncGenerator<TailBlock> {
    const start = this.#blockKey(partition, Math.max(0, position - blockOffsetsMax))
    const end = this.#blockKey(partition + 1, 0)
    for await (const rows of this.#store.scan(this.#table, { start, end })) {
      for (const { key, cells } of rows) {
        const [cell] = cells
        if (cell === undefined) continue
        const range = blockPlace(key)
        if (range.endOffset > position) yield { ...range, batch: await batchIn(cell.value) }
      }
    }
  }

  /** Frees the blocks that lie wholly below `positions`, where that costs little: the lake has them. */
  async forget(positions: Positions): Promise<void> {
    if (!this.#store.deletesCheaply) return
    for (const [partition, position] of positions) {
      if (!this.#searched.has(partition)) await this.#search(partition, position)
      const blocks = this.#blocksOf(partition)
      const kept = blocks.filter(block => block.nextOffset > position)
      const gone = blocks.filter(block => block.nextOffset <= position)
      this.#blocks.set(partition, kept)
      if (gone.length > 0) {
        await this.#store.deleteRows(
          this.#table,
          gone.map(block => block.key),
        )
      }
    }
  }

  async #search(partition: number, position: number): Promise<void> {
    const start = this.#blockKey(partition, 0)
    const end = this.#blockKey(partition, position)
    const found: { key: Buffer; nextOffset: number }[] = []
    for await (const rows of this.#store.scan(this.#table, { start, end })) {
      for (const { key, cells } of rows) {
        const [block] = cells
        if (block) found.push({ key, nextOffset: blockRange(block.value).nextOffset })
      }
    }
    this.#blocks.set(partition, [...found, ...this.#blocksOf(partition)])
    this.#searched.add(partition)
  }

  #blocksOf(partition: number): { key: Buffer; nextOffset: number }[] {
    const blocks = this.#blocks.get(partition) ?? []
    this.#blocks.set(partition, blocks)
    return blocks
  }

  /** The end is part of the key: of two blocks that begin alike, neither hides the other. */
  async #rowOf(batch: RecordBatch): Promise<Row> {
    const value = await encodeBlock(batch, { isCompressed: !this.#store.compressesValues })
    const end = Buffer.alloc(8)
    end.writeBigUInt64BE(BigInt(batch.nextOffset))
    const key = Buffer.concat([this.#blockKey(batch.partition, batch.firstOffset), end])
    return { key, cells: [{ column, timestamp: this.#clock.now(), value }] }
  }

  #blockKey(partition: number, offset: number): Buffer {
    const place = Buffer.alloc(12)
    place.writeUInt32BE(partition, 0)
    place.writeBigUInt64BE(BigInt(offset), 4)
    return Buffer.concat([this.#prefix, place])
  }
}

function* blocksOf(batch: RecordBatch): Generator<RecordBatch> {
  for (const part of splitBatch(batch, blockOffsetsMax)) yield* splitBySize(part, blockBytesMax)
}

/** The offsets that a block's key tells. */
function blockPlace(key: Buffer): { startOffset: number; endOffset: number } {
  const at = key.length - 16
  return {
    startOffset: Number(key.readBigUInt64BE(at)),
    endOffset: Number(key.readBigUInt64BE(at + 8)),
  }
}

async function batchIn(block: Buffer): Promise<RecordBatch | undefined> {
  try {
    return await decodeBlock(block)
  } catch (error) {
    if (isFailure(error, 'lake-corrupt')) return undefined
    throw error
  }
}
