import type { LiveMessage } from '../../../backend/contract/live.ts'
import { ArrowMessageSplitter } from './arrow-messages.ts'

export type ResultHeader = Extract<LiveMessage, { type: 'result' }>
type Message = Uint8Array<ArrayBuffer>

/** An answer as this page holds it: the messages of an Arrow IPC stream, the schema first, and the server's names for them. */
export interface HeldAnswer {
  readonly answer: string
  readonly names: readonly string[]
  readonly messages: readonly Message[]
}

export const nothingHeld: HeldAnswer = { answer: '', names: [], messages: [] }

/** What a result makes of the answer that is held, of which it keeps messages as they are; null when it goes on from another. */
export function nextAnswer(
  held: HeldAnswer,
  { answer, base, pieces }: ResultHeader,
  bytes: Message,
): HeldAnswer | null {
  if (base !== held.answer) return null
  const fresh = new ArrowMessageSplitter().push(bytes)
  const names: string[] = []
  const messages: Message[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      const message = fresh.shift()
      if (message === undefined) return null
      names.push(piece)
      messages.push(message.bytes)
    } else {
      const [from, count] = piece
      names.push(...held.names.slice(from, from + count))
      messages.push(...held.messages.slice(from, from + count))
    }
  }
  return { answer, names, messages }
}
