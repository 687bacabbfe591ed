import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Shop } from '../../sample-data/shop.ts'
import { shopEvent, startMillrace } from '../testing/running-millrace.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { csvValues } from './csv-values.ts'

const program = join(import.meta.dirname, '../../dist/backend/produce.js')
const columns = [
  { name: 'a', type: 'BIGINT', isNullable: true },
  { name: 'b', type: 'VARCHAR', isNullable: true },
]

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

describe('a CSV file', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', '7', 'ü', '.') })

  test('becomes one object a row, however it is quoted and from wherever one goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { minLength: 1 }),
        fc.nat(),
        async (rows, skip) => {
          const filled = rows.filter(([a, b]) => (a + b).trim() !== '')
          const body = filled.map(row => `${row.map(quoted).join(',')}\r\n`).join('')
          const options = { columns, header: undefined, before: { bytes: 0, lines: 0 } }
          const all = []
          for await (const value of csvValues(Readable.from([`a,b\r\n${body}`]), options))
            all.push(value)
          const objects = filled.map(([a, b]) => ({ ...(a && { a }), ...(b && { b }) }))
          const asText = all.map(({ value }) => {
            const parsed = JSON.parse(value ?? '') as Record<string, unknown>
            return Object.fromEntries(Object.entries(parsed).map(([key, of]) => [key, String(of)]))
          })
          const canonical = objects.map(each => ({
            ...each,
            ...(each.a && { a: numeral(each.a) }),
          }))
          expect(asText).toEqual(canonical)
          const from = all[skip % Math.max(all.length, 1)]
          if (!from) return
          const rest = []
          const bytes = Buffer.from(`a,b\r\n${body}`).subarray(from.end)
          const later = {
            columns,
            header: ['a', 'b'],
            before: { bytes: from.end, lines: from.line },
          }
          for await (const value of csvValues(Readable.from([bytes]), later)) rest.push(value)
          expect(rest).toEqual(all.slice(all.indexOf(from) + 1))
        },
      ),
    )
  })

  test('keeps a row with a field too few as it is, and says so', async () => {
    const options = { columns, header: undefined, before: { bytes: 0, lines: 0 } }
    const values = []
    for await (const value of csvValues(Readable.from(['a,b\n1,x\n2']), options)) values.push(value)
    expect(values.map(({ value, line, trouble }) => [value, line, trouble])).toEqual([
      ['{"a":1,"b":"x"}', 2, undefined],
      ['2', 3, 'has 1 of 2 columns, was the file cut off?'],
    ])
  })
})

function numeral(text: string): string {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? String(Number(text)) : text
}

/** Runs `npm run produce` against a running Millrace; answers what it prints and how it ends. */
async function runProduce(
  { url, home }: { url: string; home: string },
  args: readonly string[],
  isInterrupted = false,
) {
  const child = spawn(process.execPath, [program, '--stream', 'events', '--url', url, ...args], {
    env: { ...process.env, MILLRACE_HOME: home },
  })
  let output = ''
  let isLeftAlone = !isInterrupted
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', part => {
      output += part
      if (isLeftAlone || !output.includes(' events, ')) return
      isLeftAlone = true
      child.kill('SIGINT')
    })
  }
  const code = await new Promise(resolve => child.on('close', resolve))
  return { code, output }
}

const header =
  'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session'

/** A file as the published one is: CRLF, UTC times, empty fields, and an end in the middle of a line. */
function shopFile(count: number): { text: string; revenue: string } {
  const lines = [header]
  let cents = 0n
  const until = Date.UTC(2019, 9, 2)
  for (const records of new Shop({ seed: 5 }).history({ from: until - 86_400_000, until, count })) {
    for (const { value } of records) {
      const event = JSON.parse(value.toString().replace(/:(-?\d{16,})/g, ':"$1"')) as Record<
        string,
        unknown
      >
      const time = `${String(event.event_time)
        .replace('T', ' ')
        .replace(/(\.\d+)?Z$/, '')} UTC`
      const fields = header.split(',').map(name => String(event[name] ?? ''))
      lines.push([time, ...fields.slice(1)].join(','))
      if (event.event_type === 'purchase') cents += BigInt(Math.round(Number(event.price) * 100))
    }
  }
  lines.push('2019-10-01 23:59:59 UTC,view,1')
  return {
    text: lines.join('\r\n'),
    revenue: `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`,
  }
}

test('a file goes from the disk to answers exactly, through an interruption and a restart', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'shop.csv.gz')
  const { text, revenue } = shopFile(30_000)
  await writeFile(file, gzipSync(text))
  let millrace = await startMillrace(folder)
  const url = await millrace.app.listen({ host: '127.0.0.1', port: 0 })
  const server = { url, home: join(folder, 'home') }
  const stopped = await runProduce(server, ['--file', file, '--rate', '20000'], true)
  expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining('goes on here') })
  const done = await runProduce(server, ['--file', file])
  expect(done).toMatchObject({ code: 0, output: expect.stringContaining('Going on after line') })
  expect(done.output).toContain('30,000 events accepted, 1 dead letter.')
  expect(done.output).toContain('line 30,002 has 3 of 9 columns, was the file cut off?')
  const figures = async () => {
    const statement = `SELECT count(*), sum(price) FILTER (event_type = 'purchase')::VARCHAR,
      (SELECT list(detail) FROM dead_letters) FROM events`
    return (await millrace.query(statement, { after: await endOf(millrace) })).json().rows
  }
  const expected = [[30_000, revenue, ['a CSV line with 3 of 9 columns, cut off?']]]
  expect(await figures()).toEqual(expected)
  await millrace.close()
  millrace = await startMillrace(folder)
  expect(await figures()).toEqual(expected)
  await millrace.close()
}, 60_000)

async function endOf({ eventLog }: Awaited<ReturnType<typeof startMillrace>>) {
  const { partitions } = await eventLog.describeTopic('events')
  const ends = partitions.filter(({ endOffset }) => endOffset > 0)
  return { events: Object.fromEntries(ends.map(p => [p.partition, p.endOffset - 1])) }
}

test('what cannot be is said in one line', async () => {
  const folder = await temporaryFolder()
  const millrace = await startMillrace(folder)
  const url = await millrace.app.listen({ host: '127.0.0.1', port: 0 })
  const home = join(folder, 'home')
  await writeFile(join(folder, 'other.csv'), 'x,y\n1,2\n')
  await writeFile(join(folder, 'good.ndjson'), `${shopEvent(1)}\n`)
  const failing = async (...args: string[]) => (await runProduce({ url, home }, args)).output
  expect(await failing('--file', join(folder, 'none.csv'))).toMatch(/cannot be read/)
  expect(await failing('--file', join(folder, 'other.csv'))).toMatch(/lacks event_time/)
  expect(await failing('--file', 'x.csv', '--rate', 'quick')).toMatch(/above 0 or max/)
  const away = { url: 'http://127.0.0.1:9', home }
  const { code, output } = await runProduce(away, ['--file', join(folder, 'good.ndjson')])
  expect([code, output]).toEqual([1, expect.stringMatching(/No Millrace answers/)])
  expect(await failing('--file', join(folder, 'good.ndjson'))).toContain('1 event accepted')
  await millrace.close()
}, 60_000)
