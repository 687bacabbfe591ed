import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { processEnvironment } from './process-environment.ts'

test('the image starts Millrace in the environment that the scripts give it', async () => {
  const image = await readFile('Dockerfile', 'utf8')
  for (const [name, value] of Object.entries(processEnvironment)) {
    expect(image).toMatch(new RegExp(`^(ENV| +) ?${name}=${value} `, 'm'))
  }
})
