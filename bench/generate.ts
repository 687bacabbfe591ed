import { parseArgs } from 'node:util'
import { Shop } from '../sample-data/shop.ts'

const historyMs = 14 * 86_400_000

/** Events a second that the made-up shop makes on one core, beside writing ready-made objects of the same shape as JSON. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { events: { type: 'string', default: '1000000' } },
  })
  const count = Number(values.events)
  const until = Date.UTC(2019, 9, 15)
  const samples: unknown[] = []
  const made = measure('generate', count, () => {
    let bytes = 0
    const shop = new Shop({ seed: 1 })
    for (const records of shop.history({ from: until - historyMs, until, count })) {
      for (const { value } of records) bytes += value.length
      if (samples.length < 1000) samples.push(JSON.parse(records[0]?.value.toString() ?? 'null'))
    }
    return bytes
  })
  const written = measure('JSON.stringify alone', count, () => {
    let bytes = 0
    for (let n = 0; n < count; n++) {
      bytes += Buffer.from(JSON.stringify(samples[n % samples.length])).length
    }
    return bytes
  })
  console.log(`\ngenerating takes ${(made / written).toFixed(2)} of the time; aim 300 k events/s`)
}

/** @returns seconds */
function measure(name: string, count: number, work: () => number): number {
  const startedAt = performance.now()
  const bytes = work()
  const seconds = (performance.now() - startedAt) / 1000
  const megabytes = Math.round(bytes / seconds / 2 ** 20)
  console.log(
    `${name.padEnd(22)} ${Math.round(count / seconds / 1000)} k events/s  ${megabytes} MB/s`,
  )
  return seconds
}
