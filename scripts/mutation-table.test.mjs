import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutations } from './mutation-table.mjs'
import { projectFolder } from './run-command.mjs'

test('each guard of the table stands in its file once, and its test is there', () => {
  const wrong = mutations.filter(({ file, text, test: name }) => {
    const parts = readFileSync(join(projectFolder, file), 'utf8').split(text)
    return parts.length !== 2 || !existsSync(join(projectFolder, name))
  })
  expect(wrong.map(({ guard }) => guard)).toEqual([])
})
