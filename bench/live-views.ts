import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { changesDefinitions } from '../backend/contract/definition-statement.ts'
import { cellBody, cellName, parseNotebook } from '../backend/contract/notebook-format.ts'
import { medianMs, percentiles } from './percentiles.ts'
import { profileSettings } from './profile.ts'
import { asNewText, type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'

const batchesPerSecond = 10
const warmUpMs = 3_000
const readCount = 15
/** Without a pause the reads themselves would take a core. */
const readEveryMs = 10
/** Its events are counted apart, one a batch: so many of them in sight, so many batches are. */
const markedProduct = -1
const sketches = /approx_count_distinct/

interface View {
  readonly name: string
  readonly select: string
}

/**
 * The sample's live views while events arrive: how long until an event counts, what a read costs against the same SELECT
 * over the events, whether each view answers as its SELECT does, and how long it takes after kill -9 until they are whole.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '30' },
      history: { type: 'string', default: '1000000' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const [rate, seconds] = [Number(values.rate), Number(values.seconds)]
  const demo = { MILLRACE_DEMO_HISTORY: values.history, MILLRACE_DEMO_RATE: '0' }
  await withFolder(async folder => {
    const profile = profileSettings(values.profile, folder)
    const settings = { ...profile, MILLRACE_DEMO: 'on', ...demo }
    const views = await sampleViews()
    await withMillrace(settings, async millrace => {
      await until(async () => (await count(millrace, 'events')) >= 0.99 * Number(values.history))
      await untilComplete(millrace, views)
      await whileEventsArrive(millrace, { rate, seconds })
      await untilComplete(millrace, views)
      await compare(millrace, views)
      await millrace.end('SIGKILL')
    })
    await withMillrace(settings, async millrace => {
      const startedAt = performance.now()
      await untilComplete(millrace, views)
      const took = ((performance.now() - startedAt) / 1000).toFixed(1)
      const total = (await count(millrace, 'events')).toLocaleString('en')
      console.log(`after kill -9: whole again in ${took} s, of ${total} events`)
      await compare(millrace, views)
    })
  })
}

async function sampleViews(): Promise<View[]> {
  const file = join(import.meta.dirname, '..', '..', 'notebooks', 'live-views.md')
  return parseNotebook(await readFile(file, 'utf8')).cells.flatMap(cell => {
    if (cell.kind !== 'sql' || !changesDefinitions(cellBody(cell))) return []
    const select = cellBody(cell).replace(/^.*?\bAS\s+(?=SELECT)/s, '')
    return [{ name: cellName(cell) ?? '', select }]
  })
}

async function whileEventsArrive(
  millrace: StartedMillrace,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<void> {
  const sent: number[] = []
  const durable: number[] = []
  const seen: { count: number; at: number }[] = []
  let isOver = false
  const watching = (async () => {
    const sql = `SELECT coalesce(sum(views), 0) FROM live.product_stats WHERE product_id = ${markedProduct}`
    while (!isOver) {
      const [[found = 0] = []] = (await millrace.rows(sql)) as number[][]
      seen.push({ count: Number(found), at: Date.now() })
      await new Promise(resolve => setTimeout(resolve, readEveryMs))
    }
  })()
  const startedAt = Date.now()
  for (let batch = 0; batch < seconds * batchesPerSecond; batch++) {
    const dueAt = startedAt + (batch * 1000) / batchesPerSecond
    await new Promise(resolve => setTimeout(resolve, Math.max(0, dueAt - Date.now())))
    sent.push(Date.now())
    // Batches count in the order in which they were sent.
    await append(millrace, batch, Math.round(rate / batchesPerSecond))
    durable.push(Date.now())
  }
  const took = (Date.now() - startedAt) / 1000
  await until(async () => (seen.at(-1)?.count ?? 0) >= sent.length)
  isOver = true
  await watching
  const ages = sent.flatMap((at, batch) => {
    const shown = seen.find(({ count }) => count > batch)
    return shown && at - startedAt >= warmUpMs ? [shown.at - at] : []
  })
  const waits = sent.flatMap((at, batch) =>
    at - startedAt >= warmUpMs ? [(durable[batch] ?? at) - at] : [],
  )
  const reached = Math.round((sent.length * rate) / batchesPerSecond / took)
  console.log(`${reached.toLocaleString('en')} events/s, ${seen.length} reads of a view`)
  console.log(`sent to durable   ${percentiles(waits)}`)
  console.log(`sent to counted   ${percentiles(ages)}   aim: p99 500 ms`)
}

async function append(millrace: StartedMillrace, batch: number, size: number): Promise<void> {
  const time = new Date().toISOString()
  const events = Array.from({ length: size }, (_, n) => {
    const id = batch * size + n
    return {
      event_time: time,
      event_type: n === 0 || id % 20 > 1 ? 'view' : 'cart',
      product_id: n === 0 ? markedProduct : 1_400_000 + (id % 5_003),
      price: (id % 1000) / 4,
      user_id: 512_000_000 + (id % 60_013),
      user_session: `session-${id % 90_001}`,
    }
  })
  await millrace.append(events)
}

/** What each view costs against its SELECT, and whether both say the same. */
async function compare(millrace: StartedMillrace, views: readonly View[]): Promise<void> {
  for (const { name, select } of views) {
    const viewMs = await countMs(millrace, `FROM live.${name}`)
    const selectMs = await countMs(millrace, select)
    const left = sketches.test(select) ? 'EXCLUDE (visitors)' : ''
    const [a, b] = [`SELECT * ${left} FROM live.${name}`, `SELECT * ${left} FROM (${select})`]
    const differences = await millrace.rows(
      `SELECT count(*) FROM ((${a} EXCEPT ALL ${b}) UNION ALL (${b} EXCEPT ALL ${a}))`,
    )
    const isExact = Number(differences[0]?.[0]) === 0 ? 'exact' : `${differences} ROWS DIFFER`
    const factor = (selectMs / viewMs).toFixed(1)
    console.log(
      `${name.padEnd(17)} ${viewMs.toFixed(0).padStart(5)} ms, its SELECT ${selectMs.toFixed(0).padStart(5)} ms: ${factor} times as quick; ${isExact}`,
    )
  }
}

function countMs(millrace: StartedMillrace, sql: string): Promise<number> {
  return medianMs(readCount, async () => {
    await millrace.rows(asNewText(`SELECT count(*) FROM (${sql})`))
  })
}

async function untilComplete(millrace: StartedMillrace, views: readonly View[]): Promise<void> {
  const sql = 'SELECT count(*) FROM millrace.live_views WHERE is_complete'
  await until(async () => Number((await millrace.rows(sql))[0]?.[0]) === views.length)
}

async function count(millrace: StartedMillrace, table: string): Promise<number> {
  return Number((await millrace.rows(`SELECT count(*) FROM ${table}`))[0]?.[0])
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(resolve => setTimeout(resolve, 100))
}
