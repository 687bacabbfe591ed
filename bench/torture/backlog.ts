import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../backend/base/clock.ts'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import { loadStreamDefinitions, partitionCountOf } from '../../backend/events/stream-definition.ts'
import { exactAgain } from './checks.ts'
import { Ledger } from './ledger.ts'
import { Member, memoryOf, seconds } from './member.ts'
import { eventOf } from './numbered-event.ts'
import type { Report } from './report.ts'
import { Wrong } from './wrong.ts'

const appendCount = 5_000
const usersMax = 1_000
const catchUpMsMax = 3_600_000
const sampleEveryMs = 500
/** Two DuckDBs, batches that are under way, and Node itself. */
const megabytesMax = 1_500

/** So many events are in the log when Millrace starts: it has to take them with memory that does not grow with them. */
export async function backlog(folder: string, count: number, report: Report): Promise<void> {
  const home = join(folder, 'home')
  const ledger = new Ledger()
  await fill(join(home, 'log'), count, ledger)
  report.say(`${count.toLocaleString('en')} events are in the log`)
  const startedAt = performance.now()
  const member = await Member.launch('Millrace', { MILLRACE_HOME: home, MILLRACE_DEMO: 'off' })
  try {
    const caughtUp = exactAgain(member, ledger, catchUpMsMax)
    const peak = await peakUntil(caughtUp, member)
    const took = performance.now() - startedAt
    report.say(
      `caught up after ${seconds(took)} s, ended ${seconds(await member.stop())} s after SIGTERM`,
    )
    const verdict = `a backlog of ${count.toLocaleString('en')} events: ${peak.own} MB at most in Millrace, ${peak.engine} MB in its engine`
    if (peak.own > megabytesMax) throw new Wrong(verdict)
    console.log(verdict)
  } finally {
    await member.end()
  }
}

async function fill(folder: string, count: number, ledger: Ledger): Promise<void> {
  const streams = join(import.meta.dirname, '..', '..', '..', 'sample-data', 'streams')
  const definition = (await loadStreamDefinitions(streams)).find(
    ({ stream }) => stream === 'events',
  )
  if (definition === undefined) throw new Error('no definition of events')
  const log = await EmbeddedEventLog.open(folder, systemClock)
  const retention = { ageMsMax: Infinity, bytesMax: Infinity }
  await log.ensureTopic('events', { partitionCount: partitionCountOf(definition), retention })
  for (let done = 0; done < count; done += appendCount) {
    const append = { kind: 'rows', count: Math.min(appendCount, count - done) } as const
    const begun = ledger.begin(append.kind, append.count)
    const userId = (done / appendCount) % usersMax
    const records = Array.from({ length: append.count }, (_, n) => ({
      key: String(userId),
      value: Buffer.from(eventOf(begun.firstId + n, userId)),
    }))
    ledger.acknowledge(begun, append, await log.append('events', records))
  }
  await log.close()
}

async function peakUntil(
  over: Promise<unknown>,
  member: Member,
): Promise<{ readonly own: number; readonly engine: number }> {
  let isOver = false
  const ending = over.finally(() => {
    isOver = true
  })
  ending.catch(() => {})
  let [own, engine] = [0, 0]
  while (!isOver) {
    const memory = await memoryOf(member)
    own = Math.max(own, memory.own)
    engine = Math.max(engine, memory.engine)
    await sleep(sampleEveryMs)
  }
  await ending
  return { own, engine }
}
