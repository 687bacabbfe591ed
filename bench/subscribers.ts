import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import { profileSettings } from './profile.ts'
import { type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'

interface Watched {
  readonly name: string
  readonly statements: readonly string[]
  readonly rowsMax: number
}

const views = ['product_stats', 'minute_stats', 'user_activity', 'cart_abandonment']
const watched: readonly Watched[] = [
  {
    name: 'four views, 100 rows of each',
    statements: views.map(view => `FROM live.${view} ORDER BY ALL`),
    rowsMax: 100,
  },
  {
    name: 'a day by minutes, thousands of rows',
    statements: [
      `FROM live.minute_stats
       WHERE minute >= (SELECT max(minute) FROM live.minute_stats) - INTERVAL 1 DAY
       ORDER BY minute, event_type`,
    ],
    rowsMax: 10_000,
  },
  {
    name: 'a small chart',
    statements: ['SELECT event_type, sum(events) FROM live.minute_stats GROUP BY ALL ORDER BY ALL'],
    rowsMax: 10_000,
  },
]
const nothing = { answer: '', messages: [] }
const settleMs = 3_000
const msPerTick = 10

interface Measured {
  /** Results that each page got in a second, of all its statements. */
  readonly results: number
  /** Bytes that each page got in a second. */
  readonly bytes: number
  /** Milliseconds of processor a second. */
  readonly engine: number
  readonly server: number
}

/**
 * What pages cost that all watch the same live views while events arrive: the engine's process, which reads the stores,
 * and the server's, which sends to each page, beside the same with one page. Linux only: it reads /proc.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pages: { type: 'string', default: '200' },
      rate: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '20' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const seconds = Number(values.seconds)
  const work = async (millrace: StartedMillrace): Promise<void> => {
    await new Promise(resolve => setTimeout(resolve, 2 * settleMs))
    for (const each of watched) {
      console.log(each.name)
      const one = await measure(millrace, each, { pages: 1, seconds })
      const many = await measure(millrace, each, { pages: Number(values.pages), seconds })
      print('1 page', one)
      print(`${values.pages} pages`, many)
      const factor = (many.engine / one.engine).toFixed(2)
      console.log(`the engine works ${factor} times as much; aim: no more than for one`)
    }
  }
  const demo = { MILLRACE_DEMO_HISTORY: '100000', MILLRACE_DEMO_RATE: values.rate }
  await withFolder(folder =>
    withMillrace(
      { ...profileSettings(values.profile, folder), MILLRACE_DEMO: 'on', ...demo },
      work,
    ),
  )
}

async function measure(
  millrace: StartedMillrace,
  { statements, rowsMax }: Watched,
  { pages, seconds }: { pages: number; seconds: number },
): Promise<Measured> {
  let [results, bytes] = [0, 0]
  const sockets = await Promise.all(Array.from({ length: pages }, () => millrace.openLive()))
  for (const socket of sockets) {
    // Results are binary; all else is text.
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return
      results++
      bytes += data.length
    })
    for (const [n, sql] of statements.entries()) {
      socket.send(
        JSON.stringify({ type: 'subscribe', id: String(n), sql, rowsMax, holds: nothing }),
      )
    }
  }
  await new Promise(resolve => setTimeout(resolve, settleMs))
  results = bytes = 0
  const before = await usedMs(millrace.pid)
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const after = await usedMs(millrace.pid)
  for (const socket of sockets) socket.terminate()
  return {
    results: results / pages / seconds,
    bytes: bytes / pages / seconds,
    engine: (after.engine - before.engine) / seconds,
    server: (after.server - before.server) / seconds,
  }
}

/** Milliseconds of processor that the server and its engine have used. */
async function usedMs(pid: number): Promise<{ server: number; engine: number }> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(pid)])
  const [child = ''] = stdout.trim().split('\n')
  return { server: await processMs(String(pid)), engine: await processMs(child) }
}

async function processMs(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

function print(what: string, { results, bytes, engine, server }: Measured): void {
  const parts = [
    what.padStart(10),
    `${results.toFixed(1)} results and ${(bytes / 1024).toFixed(1)} KB a second each`,
    `engine ${engine.toFixed(0)} ms of processor a second`,
    `server ${server.toFixed(0)} ms`,
  ]
  console.log(parts.join('   '))
}
