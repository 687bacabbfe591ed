import { setTimeout as sleep } from 'node:timers/promises'
import type { AppendAnswer } from '../../backend/contract/ingest.ts'
import type { Random } from '../../sample-data/random.ts'
import { bodyOf, request, Unanswered } from './api.ts'
import type { Kind, Ledger } from './ledger.ts'
import { deadLetterOf, eventOf } from './numbered-event.ts'

export interface ProducerParts {
  readonly name: string
  readonly ledger: Ledger
  readonly random: Random
  /** Of the Millrace to try next: it may be away. */
  url(): string
  readonly ratePerSecond: number
  readonly signal: AbortSignal
}

const appendsPerSecond = 5
const deadLetterShare = 0.1
const answerMsMax = 5_000
const retryMs = 100
const usersMax = 1_000

/**
 * Appends events by number, one append after the other, and each again until it is acknowledged: an event is there once
 * however often its append was sent, and to whichever Millrace.
 */
export async function produce(parts: ProducerParts): Promise<void> {
  const { ratePerSecond, random, signal } = parts
  const perAppend = Math.max(1, Math.round(ratePerSecond / appendsPerSecond))
  const startedAt = Date.now()
  let sent = 0
  for (let sequence = 1; !signal.aborted; sequence++) {
    const kind: Kind = random.unit() < deadLetterShare ? 'deadLetters' : 'rows'
    const size = 1 + random.below(2 * perAppend)
    const count = kind === 'rows' ? size : 1 + (size % 20)
    await appendOnce(parts, { sequence, kind, count })
    sent += size
    const dueAt = startedAt + (sent / ratePerSecond) * 1000
    await sleep(Math.max(0, dueAt - Date.now()), undefined, { signal }).catch(() => {})
  }
}

async function appendOnce(
  { name, ledger, random, url }: ProducerParts,
  append: { readonly sequence: number; readonly kind: Kind; readonly count: number },
): Promise<void> {
  const { sequence, kind, count } = append
  const begun = ledger.begin(kind, count)
  // All rows of an append have one key, so that they lie in one partition, side by side.
  const userId = random.below(usersMax)
  const body = Array.from({ length: count }, (_, n) =>
    kind === 'rows' ? eventOf(begun.firstId + n, userId) : deadLetterOf(begun.firstId + n),
  ).join('\n')
  for (;;) {
    try {
      const response = await request(`${url()}/api/streams/events/events?invalid=dead-letter`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          'producer-id': name,
          'producer-sequence': String(sequence),
        },
        body,
        signal: AbortSignal.timeout(answerMsMax),
      })
      const { offsets } = (await bodyOf(response.json())) as AppendAnswer
      ledger.acknowledge(begun, append, offsets)
      return
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      await sleep(retryMs)
    }
  }
}
