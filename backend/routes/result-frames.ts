import type { LiveMessage } from '../contract/live.ts'
import { changeOf, type HeldAnswer, type LiveAnswer } from '../query/live-answer.ts'

type ResultHeader = Extract<LiveMessage, { type: 'result' }>

/** What frames to all pages that hold the same have in common. */
interface SharedFrame {
  /** Of the header, as JSON without its opening brace. */
  readonly header: string
  readonly body: Buffer
}

/** The binary frames of results: made once for each answer that pages hold, however many pages hold it. */
export class ResultFrames {
  readonly #shared = new WeakMap<LiveAnswer, WeakMap<HeldAnswer, SharedFrame>>()

  frame(answer: LiveAnswer, to: { id: string; held: HeldAnswer; now: number }): Buffer {
    const { header, body } = this.#sharedFrame(answer, to.held)
    const ageMs = Math.max(0, to.now - answer.asOf)
    const own = JSON.stringify({ type: 'result', id: to.id, ageMs } satisfies Partial<ResultHeader>)
    const text = Buffer.from(`${own.slice(0, -1)},${header}`)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, text, body])
  }

  #sharedFrame(answer: LiveAnswer, held: HeldAnswer): SharedFrame {
    const known = this.#shared.get(answer) ?? new WeakMap<HeldAnswer, SharedFrame>()
    this.#shared.set(answer, known)
    const frame = known.get(held) ?? sharedFrame(answer, held)
    known.set(held, frame)
    return frame
  }
}

function sharedFrame(answer: LiveAnswer, held: HeldAnswer): SharedFrame {
  const { pieces, messages } = changeOf(held, answer)
  const header: Omit<ResultHeader, 'type' | 'id' | 'ageMs'> = {
    answer: answer.held.fingerprint,
    base: held.fingerprint,
    pieces: [...pieces],
    elapsedMs: answer.elapsedMs,
    isKept: answer.isKept,
    rows: answer.rows,
    streams: [...answer.streams],
  }
  return { header: JSON.stringify(header).slice(1), body: Buffer.concat(messages) }
}
