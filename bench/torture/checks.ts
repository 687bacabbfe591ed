import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../backend/base/failure.ts'
import type { IngestStatus, PartitionStatus } from '../../backend/contract/ingest.ts'
import { bodyOf, request, rowsOf, seenBy, Unanswered } from './api.ts'
import { readLakeTable } from './lake-files.ts'
import type { Kind, Ledger } from './ledger.ts'
import type { Member } from './member.ts'
import { Wrong } from './wrong.ts'

export type Counts = Readonly<Record<Kind, number>>

const retryMs = 50
const statement = `SELECT count(*), count(DISTINCT product_id), (SELECT count(*) FROM dead_letters),
  (SELECT count(DISTINCT raw) FROM dead_letters) FROM events`

/**
 * Waits until a Millrace answers with all that was acknowledged before this, and holds the answer against what it saw.
 * @throws Wrong when the time is over, or the answer is not exact
 */
export async function exactAgain(
  { name, url, errors }: Pick<Member, 'name' | 'url' | 'errors'>,
  ledger: Ledger,
  waitMsMax: number,
): Promise<Counts> {
  const after = { events: ledger.acknowledged() }
  const deadline = Date.now() + waitMsMax
  let last = ''
  while (Date.now() < deadline) {
    const id = randomUUID()
    try {
      const [found = []] = await rowsOf(url, { sql: statement, id, after })
      const state = await seenBy(url, id)
      await ledger.known()
      const rows = ledger.sum(state, 'rows', n => n)
      const deadLetters = ledger.sum(state, 'deadLetters', n => n)
      const wanted = [rows, rows, deadLetters, deadLetters].join()
      if (found.join() !== wanted)
        throw new Wrong(`${name} counts ${found}: it should be ${wanted}.`)
      return { rows, deadLetters }
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      last = error.message
      await sleep(retryMs)
    }
  }
  const said = [last, await streamsOf(url), errors].join('\n')
  throw new Wrong(`${name} does not answer for ${waitMsMax / 1000} s: ${said}`)
}

/** What a Millrace says of itself, for those who look for what keeps it from answering. */
async function streamsOf(url: string): Promise<string> {
  try {
    const [streams, health] = await Promise.all([
      request(`${url}/api/ingest`).then(answer => answer.text()),
      request(`${url}/api/health`).then(answer => answer.text()),
    ])
    return `${health}\n${streams}`
  } catch (error) {
    return `It does not say how its streams are: ${messageOf(error)}`
  }
}

/**
 * Waits until the lake holds what has been appended before this, whichever of the Millraces commits it.
 * @throws Wrong when the time is over
 */
export async function committedAgain(
  members: readonly Pick<Member, 'url'>[],
  waitMsMax: number,
): Promise<void> {
  const deadline = Date.now() + waitMsMax
  let wanted: ReadonlyMap<number, number> | undefined
  let missing = ''
  while (Date.now() < deadline) {
    try {
      const all = await Promise.all(members.map(({ url }) => partitionsOf(url)))
      const partitions = all.flat()
      wanted ??= highest(partitions.map(each => [each.partition, each.endOffset]))
      const committed = highest(partitions.map(each => [each.partition, each.committedOffset]))
      const behind = [...wanted].filter(([n, end]) => (committed.get(n) ?? 0) < end)
      if (behind.length === 0) return
      missing = behind.map(([n, end]) => `${committed.get(n)} of ${end} in ${n}`).join(', ')
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      missing = error.message
    }
    await sleep(retryMs)
  }
  throw new Wrong(`The lake does not get on for ${waitMsMax / 1000} s: ${missing}.`)
}

async function partitionsOf(url: string): Promise<readonly PartitionStatus[]> {
  const status = (await bodyOf((await request(`${url}/api/ingest`)).json())) as IngestStatus
  return status.streams.find(({ stream }) => stream === 'events')?.partitions ?? []
}

function highest(pairs: readonly (readonly [number, number])[]): Map<number, number> {
  const highest = new Map<number, number>()
  for (const [key, value] of pairs) highest.set(key, Math.max(value, highest.get(key) ?? 0))
  return highest
}

/** What a place holds beside what it should. */
export interface Balance {
  readonly lost: number
  readonly duplicated: number
}

/** The whole set, by the API: ids are numbered without a gap, so counts tell. */
export async function balanceAt(url: string, ledger: Ledger): Promise<Balance> {
  const after = { events: ledger.acknowledged() }
  const [found = []] = await rowsOf(url, { sql: statement, after })
  const [rows = 0, distinctRows = 0, dead = 0, distinctDead = 0] = found.map(Number)
  const { begun } = ledger
  return {
    lost: begun.rows - distinctRows + begun.deadLetters - distinctDead,
    duplicated: rows - distinctRows + dead - distinctDead,
  }
}

/** The same in the lake's files, while no Millrace runs; `isWhole` when all that began must be there. */
export async function balanceInLake(
  lakeFolder: string,
  ledger: Ledger,
  isWhole: boolean,
): Promise<Balance> {
  const events = await readLakeTable(join(lakeFolder, 'events'), 'product_id')
  const dead = await readLakeTable(join(lakeFolder, 'dead_letters'), 'raw')
  const { begun } = ledger
  const lost = begun.rows - events.distinct + begun.deadLetters - dead.distinct
  return {
    lost: isWhole ? lost : 0,
    duplicated: events.count - events.distinct + dead.count - dead.distinct,
  }
}
