import { createHash } from 'node:crypto'
import { Failure } from '../base/failure.ts'
import type { ResultPiece } from '../contract/live.ts'
import type { StreamState } from '../contract/query.ts'

/** Names of the messages of an answer, which is what is remembered of those that pages hold. */
export interface HeldAnswer {
  /** Equal ones are equal answers; empty when there is none. */
  readonly fingerprint: string
  /** Equal names are equal messages under the same schema. */
  readonly names: readonly string[]
}

/** A whole answer, kept for those who subscribe later. */
export interface LiveAnswer {
  readonly held: HeldAnswer
  /** Of an Arrow IPC stream: the schema, then batches. */
  readonly messages: readonly Buffer[]
  readonly rows: number
  readonly streams: readonly StreamState[]
  readonly elapsedMs: number
  /** Whether its aggregates were at hand, and only what has come since had to be read. */
  readonly isKept: boolean
  /** All that was appended before this moment is in it, in milliseconds since the epoch. */
  readonly asOf: number
}

/** What makes an answer of another one. */
export interface AnswerChange {
  readonly pieces: readonly ResultPiece[]
  /** Those that are not held. */
  readonly messages: readonly Buffer[]
}

export const nothingHeld: HeldAnswer = { fingerprint: '', names: [] }

/** A change of one row sends this many; smaller ones cost more to encode than they save. */
export const liveBatchRowsMax = 256
const answerBytesMax = 32 * 2 ** 20

/**
 * Reads the messages of an answer and names them by their content, so that what a page holds means the same to every
 * process, also to one that has just started.
 */
export async function collectAnswer(
  stream: AsyncIterable<Buffer>,
): Promise<Pick<LiveAnswer, 'held' | 'messages'>> {
  const messages: Buffer[] = []
  let bytes = 0
  for await (const message of stream) {
    bytes += message.length
    if (bytes > answerBytesMax) throw tooLarge()
    messages.push(message)
  }
  messages.pop() // The end of the stream.
  const [schema = Buffer.alloc(0)] = messages
  const names = messages.map(message => nameOf(message === schema ? [schema] : [schema, message]))
  return { held: { fingerprint: nameOf(names), names }, messages }
}

/** The messages that are held as they are, wherever they stood, and those that are not. */
export function changeOf(
  held: HeldAnswer,
  { held: { names }, messages }: LiveAnswer,
): AnswerChange {
  const places = new Map(held.names.map((name, place) => [name, place]))
  const pieces: ResultPiece[] = []
  const fresh: Buffer[] = []
  for (const [n, message] of messages.entries()) {
    const name = names[n] ?? ''
    const place = places.get(name)
    const last = pieces.at(-1)
    if (place === undefined) {
      pieces.push(name)
      fresh.push(message)
    } else if (Array.isArray(last) && last[0] + last[1] === place) last[1]++
    else pieces.push([place, 1])
  }
  return { pieces, messages: fresh }
}

function nameOf(parts: readonly (Buffer | string)[]): string {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url').slice(0, 16)
}

function tooLarge(): Failure {
  const limit = `${answerBytesMax / 2 ** 20} MB`
  return new Failure('query-result-too-large', `A live result can have ${limit} at most.`, {
    hint: 'Aggregate, add a LIMIT, or switch Live off for this cell.',
  })
}
