import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LevelDatabase } from '../base/level-database.ts'
import { blockKey } from '../events/embedded-log-keys.ts'
import { shopEvent, startMillrace } from '../testing/running-millrace.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

type Running = Awaited<ReturnType<typeof startMillrace>>

const counts = `SELECT count(*)::INTEGER, (SELECT count(*)::INTEGER FROM dead_letters WHERE raw LIKE 'new%'),
  (SELECT count(*)::INTEGER FROM dead_letters WHERE raw LIKE 'old%') FROM events`

function statusOf({ progress, clock }: Running) {
  const statuses = progress.map(each => each.status(clock.now()))
  return statuses.find(({ stream }) => stream === 'events')
}

async function appendBoth(millrace: Running, name: string, size: number): Promise<void> {
  const values = Array.from({ length: size }, (_, n) => [shopEvent(n), `${name} ${n}`])
  const after = await millrace.append(values.flat())
  const answer = await millrace.query(counts, { after })
  expect(answer.statusCode).toBe(200)
}

/** As a log does that keeps events for a time: the first `count` offsets of each partition. */
async function expire(logFolder: string, ends: readonly number[]): Promise<void> {
  const database = await LevelDatabase.open(logFolder)
  for (const [partition, end] of ends.entries()) {
    await database.clear({
      gte: blockKey('events', partition, 0),
      lt: blockKey('events', partition, end),
    })
  }
  await database.close()
}

async function endsOf({ eventLog }: Running): Promise<number[]> {
  const { partitions } = await eventLog.describeTopic('events')
  return partitions.map(({ endOffset }) => endOffset)
}

/*
 * What `docs/problems.md` tells an operator to do, done to the letter.
 */

test('the way out of expired offsets goes on at the oldest event that the log holds', async () => {
  const folder = await temporaryFolder()
  const home = join(folder, 'home')
  const first = await startMillrace(folder)
  await appendBoth(first, 'old', 20)
  await first.close()
  const second = await startMillrace(folder, { MILLRACE_COMMIT_EVERY: '3600' })
  await appendBoth(second, 'lost', 30)
  const lost = await endsOf(second)
  await appendBoth(second, 'new', 40)
  await second.close()
  // The lake of the day before is put back, and the log has dropped what came since.
  await rm(join(home, 'lake', 'events', '_delta_log', `${'0'.repeat(19)}2.json`))
  await expire(join(home, 'log'), lost)

  const halted = await startMillrace(folder)
  const isHalted = () => statusOf(halted)?.state === 'halted'
  await expect.poll(isHalted).toBe(true)
  expect(statusOf(halted)).toMatchObject({ problem: { code: 'log-offsets-expired' } })
  await halted.close()
  await rename(join(home, 'lake', 'events'), join(folder, 'events with a gap'))

  const third = await startMillrace(folder)
  await appendBoth(third, 'newer', 5)
  expect((await third.query(counts)).json().rows).toEqual([[45, 45, 20]])
  await third.close()
}, 60_000)

test('the way out of a recreated topic takes every new event and dead letter', async () => {
  const folder = await temporaryFolder()
  const home = join(folder, 'home')
  const first = await startMillrace(folder)
  await appendBoth(first, 'old', 300)
  await first.close()
  await rm(join(home, 'log'), { recursive: true })

  const halted = await startMillrace(folder)
  expect(statusOf(halted)).toMatchObject({
    state: 'halted',
    problem: { code: 'log-topic-recreated' },
  })
  await halted.close()
  await rename(join(home, 'lake', 'events'), join(folder, 'events of the old topic'))

  const second = await startMillrace(folder)
  await appendBoth(second, 'new', 40)
  expect(statusOf(second)).toMatchObject({ state: 'running' })
  expect((await second.query(counts)).json().rows).toEqual([[40, 40, 300]])
  await second.close()
  const third = await startMillrace(folder)
  expect((await third.query(counts)).json().rows).toEqual([[40, 40, 300]])
  expect(statusOf(third)?.partitions.reduce((sum, p) => sum + p.accounting.deadLetters, 0)).toBe(40)
  await third.close()
}, 60_000)
