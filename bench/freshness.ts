import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { percentiles } from './percentiles.ts'
import { profileSettings } from './profile.ts'
import { type StartedMillrace, withFolder, withMillrace } from './started-millrace.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const batchesPerSecond = 20
const warmUpMs = 3_000

/** Events count upwards from here: far above what stands at an axis. */
const firstNumber = 1_000_000

/** A line as anyone would draw it, and the number of the newest event as text beside it. */
const notebook = `---
title: Freshness
---

\`\`\`sql name=newest live view=chart
SELECT date_trunc('second', event_time) AS second, count(*) AS events, max(product_id) AS newest
FROM events
WHERE event_time > now()::TIMESTAMP - INTERVAL 1 MINUTE
GROUP BY ALL ORDER BY ALL
\`\`\`

\`\`\`vega-lite
{
  "layer": [
    {
      "mark": "line",
      "encoding": {
        "x": { "field": "second", "type": "temporal" },
        "y": { "field": "events", "type": "quantitative" }
      }
    },
    {
      "mark": "text",
      "encoding": { "text": { "aggregate": "max", "field": "newest", "format": "d" } }
    }
  ]
}
\`\`\`
`

/**
 * Milliseconds from the sending of an append to the moment at which an open chart in Chromium has drawn it, at a steady
 * rate; and how much of that is over when the answer to the append says that it is durable.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '30' },
      profile: { type: 'string', default: 'embedded' },
    },
  })
  const [rate, seconds] = [Number(values.rate), Number(values.seconds)]
  await withFolder(async folder => {
    const settings = await settingsWithChart(folder, values.profile)
    await withMillrace(settings, async millrace => {
      const page = await openChart(millrace.url)
      const sent = await produce(millrace, { rate, seconds })
      await new Promise(resolve => setTimeout(resolve, 1_000))
      report(sent, await page.drawn(), { rate, aimMs: values.profile === 'cluster' ? 500 : 300 })
      await page.close()
    })
  })
}

async function settingsWithChart(folder: string, profile: string): Promise<Record<string, string>> {
  const notebooks = join(folder, 'notebooks')
  await cp(join(projectFolder, 'notebooks'), notebooks, { recursive: true })
  await writeFile(join(notebooks, 'freshness.md'), notebook)
  return {
    ...profileSettings(profile, folder),
    MILLRACE_NOTEBOOKS: notebooks,
    MILLRACE_DEMO: 'off',
  }
}

/** Value → when the chart had drawn it, in milliseconds since the epoch. */
type Drawn = readonly (readonly [value: number, at: number])[]

/** Opens the notebook and notes each number with the time at which the chart's canvas was given it. */
async function openChart(
  url: string,
): Promise<{ drawn(): Promise<Drawn>; close(): Promise<void> }> {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  const page = await browser.newPage({ viewport: { width: 1440, height: 960 } })
  await page.addInitScript(noteNumbers, firstNumber)
  await page.goto(`${url}/notebooks/freshness`)
  await page.getByText(/^live ·/).waitFor()
  return {
    drawn: () => page.evaluate('noted'),
    close: () => browser.close(),
  }
}

/** Runs in the page: listens to what is written on canvases. */
function noteNumbers(least: number): void {
  const noted: [number, number][] = []
  const page = globalThis as unknown as {
    noted: typeof noted
    CanvasRenderingContext2D: { prototype: { fillText(text: string, ...place: number[]): void } }
  }
  page.noted = noted
  const { prototype } = page.CanvasRenderingContext2D
  const { fillText } = prototype
  prototype.fillText = function (text, ...place) {
    const value = Number(text)
    if (value >= least) noted.push([value, Date.now()])
    fillText.call(this, text, ...place)
  }
}

interface Sent {
  readonly newest: number
  readonly sentAt: number
  readonly durableAt: number
}

async function produce(
  millrace: StartedMillrace,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Sent[]> {
  const sent: Promise<Sent>[] = []
  const size = Math.round(rate / batchesPerSecond)
  const startedAt = Date.now()
  for (let batch = 0; batch < seconds * batchesPerSecond; batch++) {
    const dueAt = startedAt + (batch * 1000) / batchesPerSecond
    await new Promise(resolve => setTimeout(resolve, Math.max(0, dueAt - Date.now())))
    sent.push(append(millrace, firstNumber + batch * size, size))
  }
  return Promise.all(sent)
}

async function append(millrace: StartedMillrace, first: number, size: number): Promise<Sent> {
  const sentAt = Date.now()
  const time = new Date(sentAt).toISOString()
  const events = Array.from({ length: size }, (_, n) => ({
    event_time: time,
    event_type: 'view',
    product_id: first + n,
    price: 1,
    user_id: n,
  }))
  await millrace.append(events)
  return { newest: first + size - 1, sentAt, durableAt: Date.now() }
}

function report(
  sent: readonly Sent[],
  drawn: Drawn,
  { rate, aimMs }: { rate: number; aimMs: number },
): void {
  const counted = sent.filter(({ sentAt }) => sentAt - (sent[0]?.sentAt ?? 0) >= warmUpMs)
  const toDurable = counted.map(({ sentAt, durableAt }) => durableAt - sentAt)
  const toDrawn = counted.flatMap(({ newest, sentAt }) => {
    const [, at] = drawn.find(([value]) => value >= newest) ?? []
    return at === undefined ? [] : [at - sentAt]
  })
  console.log(`${rate} events/s, ${counted.length} appends, ${drawn.length} drawings`)
  console.log(`sent to durable   ${percentiles(toDurable)}`)
  console.log(`sent to drawn     ${percentiles(toDrawn)}   aim: p99 ${aimMs} ms`)
  if (toDrawn.length < counted.length) {
    console.log(`${counted.length - toDrawn.length} appends were never drawn`)
  }
}
