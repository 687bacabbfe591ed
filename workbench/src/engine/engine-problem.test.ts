import { expect, test } from 'vitest'
import { engineError, isBeyondBrowser, isTrap } from './engine-problem.ts'

const errors = {
  lacks:
    'Catalog Error: Scalar Function with name "json_extract" is not in the catalog, but it exists in the json extension.',
  newer: 'Catalog Error: Scalar Function with name nope does not exist!\nDid you mean "now"?',
  trap: 'table index is out of bounds',
  memory: 'Out of Memory Error: could not allocate block of size 256.0 KiB',
  typo: 'Binder Error: Referenced column "brnad" not found in FROM clause!',
  table: 'Catalog Error: Table with name nope does not exist!',
}

test.each([
  [errors.lacks, 'engine-lacks', true],
  [errors.newer, 'sql-unknown-name', true],
  [errors.trap, 'engine-unavailable', true],
  [errors.memory, 'query-memory', true],
  [errors.typo, 'sql-unknown-name', false],
  [errors.table, 'sql-unknown-name', false],
])('%s is %s', (text, code, isBeyond) => {
  const error = engineError(new Error(text), 'SELECT nope(brnad) FROM nope')
  expect(error.problem.code).toBe(code)
  expect(isBeyondBrowser(error)).toBe(isBeyond)
})

test('a trap is told from what the engine answers', () => {
  expect(isTrap(new Error(errors.trap))).toBe(true)
  expect(isTrap(new Error(errors.memory))).toBe(false)
  expect(isTrap(engineError(new Error(errors.trap), ''))).toBe(false)
})
