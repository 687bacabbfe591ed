import { parseArgs } from 'node:util'
import { median } from './percentiles.ts'
import { profileSettings } from './profile.ts'
import { type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'

const statements: Readonly<Record<string, string>> = {
  total: 'SELECT count(*) AS events, sum(price) AS value FROM events',
  types: 'SELECT event_type, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC',
  minutes: `SELECT date_trunc('minute', event_time) AS minute, event_type, count(*) AS n FROM events
            GROUP BY ALL ORDER BY minute DESC, event_type LIMIT 500`,
  brands: `SELECT brand, sum(price) FILTER (WHERE event_type = 'purchase') AS revenue FROM events
           GROUP BY brand HAVING revenue > 0 ORDER BY revenue DESC LIMIT 20`,
  'conversion of products': `
    WITH per_product AS (
      SELECT product_id, count_if(event_type = 'view') AS views, count_if(event_type = 'purchase') AS purchases
      FROM events GROUP BY product_id)
    SELECT product_id, purchases / views AS conversion FROM per_product
    WHERE views > 50 ORDER BY conversion DESC, product_id LIMIT 20`,
  'so far today': `SELECT date_trunc('hour', event_time) AS hour, sum(count(*)) OVER (ORDER BY date_trunc('hour', event_time)) AS so_far
                   FROM events GROUP BY hour ORDER BY hour DESC LIMIT 48`,
}

/** Results of each kind that are compared. */
const resultsMin = 25
const waitMsMax = 60_000

interface Result {
  readonly elapsedMs: number
  readonly isKept: boolean
}

/**
 * Live cells over the stream while events arrive: what one costs whose groups are kept, against the same statement run by
 * itself at the same time.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      history: { type: 'string', default: '3000000' },
      rate: { type: 'string', default: '500' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const demo = { MILLRACE_DEMO_HISTORY: values.history, MILLRACE_DEMO_RATE: values.rate }
  await withFolder(folder =>
    withMillrace(
      { ...profileSettings(values.profile, folder), MILLRACE_DEMO: 'on', ...demo },
      async millrace => {
        const history = Number(values.history)
        while (Number((await millrace.rows('SELECT count(*) FROM events'))[0]?.[0]) < history) {
          await new Promise(resolve => setTimeout(resolve, 500))
        }
        for (const [name, sql] of Object.entries(statements)) await compare(millrace, name, sql)
      },
    ),
  )
}

async function compare(millrace: StartedMillrace, name: string, sql: string): Promise<void> {
  const results: Result[] = []
  const socket = await millrace.openLive()
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return
    const header = data.subarray(4, 4 + data.readUInt32LE())
    results.push(JSON.parse(header.toString()) as Result)
  })
  socket.send(JSON.stringify({ type: 'subscribe', id: name, sql, rowsMax: 10_000 }))
  const startedAt = performance.now()
  const kept = (): Result[] => results.filter(({ isKept }) => isKept)
  const alone: number[] = []
  while (kept().length < resultsMin && performance.now() - startedAt < waitMsMax) {
    const askedAt = performance.now()
    // Events arrive: no answer is remembered.
    await millrace.rows(`SELECT count(*) FROM (${sql})`)
    alone.push(performance.now() - askedAt)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  socket.terminate()
  const keptMs = median(kept().map(({ elapsedMs }) => elapsedMs))
  const aloneMs = median(alone)
  const first = results.findIndex(({ isKept }) => isKept)
  const figures =
    first < 0
      ? `${aloneMs.toFixed(0)} ms, and not kept`
      : `${keptMs.toFixed(0)} ms kept, ${aloneMs.toFixed(0)} ms by itself: ${(aloneMs / keptMs).toFixed(1)} times as quick; kept from result ${first + 1} on`
  console.log(`${name.padEnd(23)} ${figures}`)
}
