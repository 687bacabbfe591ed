import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, '..', '..', 'dist', 'bench', 'torture.js')

/** A slice of `npm run torture`: the long runs are in docs/reliability.md. */
test('kills at the steps of a commit lose nothing, double nothing and spoil no answer', async () => {
  const args = [program, '--minutes', '0.2', '--seed', 'slice']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toMatch(/\d+ kills.* 0 lost, 0 duplicated\n$/)
  expect(countOf('reads', stdout)).toBeGreaterThan(20)
  expect(countOf('live results', stdout)).toBeGreaterThan(0)
}, 300_000)

function countOf(what: string, text: string): number {
  return Number(new RegExp(`([\\d,]+) ${what} checked`).exec(text)?.[1]?.replace(',', ''))
}
