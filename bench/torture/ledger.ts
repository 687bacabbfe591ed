import { Wrong } from './wrong.ts'

/** Events that become rows, and values that become dead letters; each kind is numbered from 0 without a gap. */
export type Kind = 'rows' | 'deadLetters'

/** Where an append put its events, as it was answered. */
export interface AnsweredRange {
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
}

/** Partition → the next offset that an answer did not see. */
export type SeenState = ReadonlyMap<number, number>

/** For a number n, the sum over all ids below n of what is measured: a range of ids is the difference of two. */
export type Measure = (below: number) => number

interface Block {
  readonly kind: Kind
  readonly firstOffset: number
  readonly count: number
  readonly firstId: number
}

/** What was acknowledged, and where: what a statement must find is worked out from it, and from nothing else. */
export class Ledger {
  readonly #blocks = new Map<number, Block[]>()
  readonly #open = new Set<number>()
  readonly #next = { rows: 0, deadLetters: 0 }
  #begun = 0
  #waiting: { readonly until: number; resolve(): void }[] = []

  /** Takes ids for an append that now begins, and must be acknowledged one day. */
  begin(kind: Kind, count: number): { readonly token: number; readonly firstId: number } {
    const firstId = this.#next[kind]
    this.#next[kind] += count
    const token = ++this.#begun
    this.#open.add(token)
    return { token, firstId }
  }

  acknowledge(
    { token, firstId }: { readonly token: number; readonly firstId: number },
    { kind, count }: { readonly kind: Kind; readonly count: number },
    ranges: readonly AnsweredRange[],
  ): void {
    const answered = ranges.reduce((sum, range) => sum + sizeOf(range), 0)
    if (answered !== count || (kind === 'rows' && ranges.length !== 1)) {
      throw new Wrong(`An append of ${count} was answered ${JSON.stringify(ranges)}.`)
    }
    let id = firstId
    for (const range of ranges) {
      const block = { kind, firstOffset: range.firstOffset, count: sizeOf(range), firstId: id }
      id += block.count
      this.#insert(range.partition, block)
    }
    this.#open.delete(token)
    this.#tellWaiting()
  }

  /** Resolves when all appends that have begun by now are acknowledged: until then an answer may hold more than is known. */
  known(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ until: this.#begun, resolve })
      this.#tellWaiting()
    })
  }

  /** Partition → the last offset that was acknowledged, in the shape of a statement's `after`. */
  acknowledged(): Record<string, number> {
    const lasts = [...this.#blocks].flatMap(([partition, blocks]) => {
      const last = blocks.at(-1)
      return last === undefined ? [] : [[partition, endOf(last) - 1]]
    })
    return Object.fromEntries(lasts)
  }

  /** How many there are of each kind, acknowledged or on their way. */
  get begun(): Readonly<Record<Kind, number>> {
    return { ...this.#next }
  }

  /** The sum of what is measured over the ids that an answer of this state must have. */
  sum(state: SeenState, kind: Kind, measure: Measure): number {
    let sum = 0
    for (const [first, end] of this.ids(state, kind)) sum += measure(end) - measure(first)
    return sum
  }

  /** The ids that an answer of this state must have, as ranges: the first one, and the one after the last. */
  *ids(state: SeenState, kind: Kind): Generator<readonly [number, number]> {
    for (const [partition, nextOffset] of state) {
      for (const block of this.#blocks.get(partition) ?? []) {
        if (block.firstOffset >= nextOffset) break
        const count = Math.min(block.count, nextOffset - block.firstOffset)
        if (block.kind === kind) yield [block.firstId, block.firstId + count]
      }
    }
  }

  #insert(partition: number, block: Block): void {
    const blocks = this.#blocks.get(partition) ?? []
    this.#blocks.set(partition, blocks)
    const at = blocks.findLastIndex(({ firstOffset }) => firstOffset < block.firstOffset) + 1
    const [before, after] = [blocks[at - 1], blocks[at]]
    const isFree =
      (before === undefined || endOf(before) <= block.firstOffset) &&
      (after === undefined || endOf(block) <= after.firstOffset)
    if (!isFree) {
      throw new Wrong(`Offset ${block.firstOffset} of partition ${partition} was given out twice.`)
    }
    blocks.splice(at, 0, block)
  }

  #tellWaiting(): void {
    const oldest = Math.min(...this.#open)
    const isKnown = ({ until }: { readonly until: number }) => until < oldest
    const known = this.#waiting.filter(isKnown)
    this.#waiting = this.#waiting.filter(each => !isKnown(each))
    for (const { resolve } of known) resolve()
  }
}

function sizeOf({ firstOffset, lastOffset }: AnsweredRange): number {
  return lastOffset - firstOffset + 1
}

function endOf({ firstOffset, count }: Block): number {
  return firstOffset + count
}
