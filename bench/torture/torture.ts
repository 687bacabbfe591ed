import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../sample-data/random.ts'
import { rowsOf } from './api.ts'
import { BrowserEngine } from './browser-engine.ts'
import { balanceAt, balanceInLake, exactAgain } from './checks.ts'
import { Ledger } from './ledger.ts'
import { type Member, seconds } from './member.ts'
import { produce } from './producer.ts'
import { Reader } from './reader.ts'
import type { Report } from './report.ts'
import { liveView } from './statements.ts'
import { Watcher } from './watcher.ts'
import { Wrong } from './wrong.ts'

/** What is tortured: the Millraces of one profile, and how to break them. */
export interface Tortured {
  readonly members: readonly Member[]
  /** Draws a fault, inflicts it, and resolves when all is exact again. */
  strike(random: Random, ledger: Ledger, report: Report): Promise<void>
  /** Where the lake's files can be read, once no Millrace runs. */
  lakeFolder(): Promise<string>
  close(): Promise<void>
}

export interface TortureOptions {
  readonly seed: string
  readonly ratePerSecond: number
  readonly readers: number
  readonly restMs: number
  /** Without faults there are only the reads. */
  readonly hasFaults: boolean
  /** @param forMs since all was there */
  isOver(forMs: number, readsChecked: number): boolean
}

const producerCount = 4
const startMsMax = 180_000
const lastAnswerMsMax = 10_000

/** @throws Wrong when something was lost, doubled, or answered wrongly */
export async function torture(
  tortured: Tortured,
  options: TortureOptions,
  report: Report,
): Promise<void> {
  const ledger = new Ledger()
  const over = new AbortController()
  const { members } = tortured
  for (const member of members) await exactAgain(member, ledger, startMsMax)
  await makeLiveView(members)
  const { readers, watcher, done } = await startWork(members, ledger, options, over.signal)
  const checked = (): number => readers.reduce((sum, { counts }) => sum + counts.checked, 0)
  done.catch(() => over.abort())
  try {
    await strikes(tortured, options, { ledger, report, over: over.signal, checked })
  } catch (error) {
    over.abort()
    // What a reader has found comes first: it may be the cause. Producers may never be answered again.
    await Promise.race([done, sleep(lastAnswerMsMax)])
    throw error
  }
  over.abort()
  await done
  const unanswered = readers.reduce((sum, { counts }) => sum + counts.unanswered, 0)
  report.count('reads checked', checked())
  report.count('unanswered', unanswered)
  report.count('live results checked', watcher.counts.checked)
  report.count('live results of kept groups', watcher.counts.kept)
  await settleAccounts(tortured, ledger, report)
}

/** Producers and readers, who go on until the signal whatever is broken meanwhile. */
async function startWork(
  members: readonly Member[],
  ledger: Ledger,
  { seed, ratePerSecond, readers: readerCount, restMs }: TortureOptions,
  signal: AbortSignal,
): Promise<{
  readonly readers: readonly Reader[]
  readonly watcher: Watcher
  readonly done: Promise<unknown>
}> {
  const browser = await BrowserEngine.open()
  const partsOf = (name: string) => {
    const random = new Random(`${seed} ${name}`)
    const url = (): string => {
      const awake = members.filter(({ isPaused }) => !isPaused)
      return random.pick(awake.length > 0 ? awake : members).url
    }
    return { name: `torture ${seed} ${name}`, ledger, random, url, signal }
  }
  const producers = Array.from({ length: producerCount }, (_, n) =>
    produce({ ...partsOf(`producer ${n}`), ratePerSecond: ratePerSecond / producerCount }),
  )
  const readers = Array.from(
    { length: readerCount },
    (_, n) => new Reader({ ...partsOf(`reader ${n}`), browser, restMs }),
  )
  const watcher = new Watcher(partsOf('watcher'))
  const work = [...producers, ...readers.map(reader => reader.run()), watcher.run()]
  return { readers, watcher, done: Promise.all(work) }
}

/** Each Millrace hears of it in its own time. */
async function makeLiveView(members: readonly Member[]): Promise<void> {
  const [first] = members
  if (first === undefined) return
  await rowsOf(first.url, { sql: liveView })
  for (const { url } of members) {
    const isKnown = () => rowsOf(url, { sql: 'FROM live.numbered' }).then(() => true)
    while (!(await isKnown().catch(() => false))) await sleep(100)
  }
}

async function strikes(
  tortured: Tortured,
  { seed, isOver, hasFaults }: TortureOptions,
  parts: {
    readonly ledger: Ledger
    readonly report: Report
    readonly over: AbortSignal
    checked(): number
  },
): Promise<void> {
  const { ledger, report, over, checked } = parts
  const random = new Random(`${seed} faults`)
  const startedAt = performance.now()
  while (!isOver(performance.now() - startedAt, checked()) && !over.aborted) {
    if (hasFaults) await tortured.strike(random, ledger, report)
    else {
      await sleep(10_000, undefined, { signal: over }).catch(() => {})
      report.say(`${checked().toLocaleString('en')} reads checked`)
    }
  }
}

/** All of it at last: by every Millrace, and in the lake's files once they have ended in order. */
async function settleAccounts(tortured: Tortured, ledger: Ledger, report: Report): Promise<void> {
  const { members } = tortured
  let [lost, duplicated] = [0, 0]
  const add = (place: string, balance: { lost: number; duplicated: number }): void => {
    report.say(`${place}: ${balance.lost} lost, ${balance.duplicated} duplicated`)
    lost += Math.abs(balance.lost)
    duplicated += balance.duplicated
  }
  for (const member of members) {
    await exactAgain(member, ledger, startMsMax)
    add(member.name, await balanceAt(member.url, ledger))
  }
  for (const member of members) {
    report.say(`${member.name} ended ${seconds(await member.stop())} s after SIGTERM`)
  }
  add('the lake', await balanceInLake(await tortured.lakeFolder(), ledger, true))
  const { rows, deadLetters } = ledger.begun
  const held = `${rows.toLocaleString('en')} events and ${deadLetters.toLocaleString('en')} dead letters`
  const verdict = `${report.totals}; of ${held} ${lost} lost, ${duplicated} duplicated`
  if (lost + duplicated > 0) throw new Wrong(verdict)
  console.log(verdict)
}
