import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shopEvent, startMillrace } from '../testing/running-millrace.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const program = join(import.meta.dirname, '../../dist/backend/verify.js')

function runVerify(
  url: string,
  ...args: string[]
): Promise<{ code: number | null; output: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [program, '--url', url, ...args])
    let output = ''
    child.stdout.on('data', part => (output += part))
    child.stderr.on('data', part => (output += part))
    child.on('close', code => resolve({ code, output }))
  })
}

test('npm run verify says by its exit code whether all is well, something was found, or nothing could be checked', async () => {
  const folder = await temporaryFolder()
  const millrace = await startMillrace(folder, { MILLRACE_COMMIT_EVERY: '0.1' })
  const url = await millrace.app.listen({ host: '127.0.0.1', port: 0 })
  await millrace.append([...Array.from({ length: 50 }, (_, n) => shopEvent(n)), 'broken'])
  await expect.poll(() => committedRows(millrace), { timeout: 20_000 }).toBe(50)

  const well = await runVerify(url)
  expect(well.code).toBe(0)
  expect(well.output).toMatch(
    /events, version \d+: read \d+ files, \d+ commits, 51 offsets of the log\./,
  )
  expect(well.output).toContain('users, version 0: read')
  expect(
    well.output.match(/Every offset is accounted for, once, and all is as it was written/g),
  ).toHaveLength(3)

  const [file = ''] = await filesBelow(join(folder, 'home', 'lake', 'events'))
  await writeFile(file, (await readFile(file)).subarray(0, 300))
  const found = await runVerify(url, '--stream', 'events')
  expect(found.code).toBe(1)
  expect(found.output).toMatch(
    /\n1 finding\n {2}file-damaged: events\/.* does not match its checksum/,
  )

  const failed = (await millrace.query('SELECT max(user_session) FROM events')).json()
  expect(failed.code).toBe('lake-corrupt')
  expect(failed.detail).toMatch(
    /^The file events\/event_date=2019-10-01\/part-.*\.parquet of the lake is damaged/,
  )
  expect(failed.hint).toContain('npm run verify')

  const path = file.slice(join(folder, 'home', 'lake').length + 1)
  const aside = await runVerify(url, '--stream', 'events', '--set-aside', path)
  expect([aside.code, aside.output]).toEqual([0, expect.stringContaining(`does without ${path}`)])
  const statusCode = async () =>
    (await millrace.query('SELECT max(user_id) FROM events')).statusCode
  await expect.poll(statusCode, { timeout: 20_000 }).toBe(200)

  expect((await runVerify(url, '--stream', 'nothing')).code).toBe(2)
  const away = await runVerify('http://127.0.0.1:9')
  expect([away.code, away.output]).toEqual([
    2,
    expect.stringMatching(/No Millrace answers.*npm start/),
  ])
  await millrace.close()
}, 60_000)

function committedRows({ progress }: Awaited<ReturnType<typeof startMillrace>>): number {
  const [events] = progress.map(each => each.status(0)).filter(({ stream }) => stream === 'events')
  return (events?.partitions ?? []).reduce((sum, { accounting }) => sum + accounting.rows, 0)
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  return entries.filter(name => /event_date.*parquet$/.test(name)).map(name => join(folder, name))
}
