import { beforeEach, expect, test } from 'vitest'
import { ProblemError, unreachableProblem } from '../api-client/problem-error.ts'
import type { QueryClient } from '../api-client/query-client.ts'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { answerMessages } from '../cell/held-queries.ts'
import { Toasts } from '../ui/toasts.ts'
import { madeResult } from './made-result.ts'
import type { Result } from './result.ts'
import { saveExport } from './save-export.ts'

const part: Result = { ...madeResult({ n: ['BIGINT', [1n]] }), rowsTotal: 2, cutBy: 'rows' }

let clock: ManualClock
let toasts: Toasts
let saved: { name: string; blob: Blob }[]
let end: { resolve: () => void; reject: (error: unknown) => void }
let asked: AbortSignal | null

beforeEach(() => {
  clock = new ManualClock()
  toasts = new Toasts()
  saved = []
  asked = null
})

/** Answers two rows, and ends when the test says so. */
const queries: Pick<QueryClient, 'run'> = {
  async run(_, { onMessage, signal }) {
    asked = signal
    for (const message of answerMessages) await onMessage(message)
    await new Promise<void>((resolve, reject) => {
      end = { resolve, reject }
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  },
}

function start(result: Result = part): Promise<void> {
  return saveExport(
    {
      ...{ format: 'csv', query: { sql: 'SELECT 1' }, fileName: 'first.csv' },
      ...{ result, queries: queries as QueryClient },
    },
    { toasts, clock, save: (blob, name) => saved.push({ blob, name }) },
  )
}

const texts = (): string[] => toasts.shown.get().map(({ text }) => text)

test('an export that takes long says how many rows it has, until it ends', async () => {
  const exported = start()
  await settle()
  expect(texts()).toEqual([])
  await clock.advance(500)
  expect(texts()).toEqual(['Exporting first.csv … 2 of 2 rows'])
  for (let other = 0; other < 5; other += 1) toasts.show({ text: 'Copied' })
  await clock.advance(20_000)
  expect(texts()[0]).toBe('Exporting first.csv … 2 of 2 rows')
  end.resolve()
  await exported
  expect(texts()).toEqual(['Copied', 'Copied', 'Copied'])
  expect(await saved[0]?.blob.text()).toBe('n\n1\n2\n')
})

test('an export is cancelled with what it asked for, and leaves no file', async () => {
  const exported = start()
  await settle()
  await clock.advance(500)
  toasts.shown.get()[0]?.action?.run()
  await exported
  expect(asked?.aborted).toBe(true)
  expect(texts()).toEqual(['The export of first.csv was cancelled'])
  expect(saved).toEqual([])
  await clock.advance(10_000)
  expect(texts()).toHaveLength(1)
})

test('an export that fails says why, and what to do', async () => {
  const exported = start()
  await settle()
  end.reject(new ProblemError(unreachableProblem()))
  await exported
  expect(texts()[0]).toMatch(/^The export failed: Millrace does not answer\. Is it still running\?/)
})

test('what is here as a whole is not asked for again', async () => {
  await start({ ...part, cutBy: null })
  expect(asked).toBeNull()
  expect(saved.map(({ name }) => name)).toEqual(['first.csv'])
})
