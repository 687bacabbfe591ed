import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { processArguments, processEnvironment } from './process-environment.ts'

test('the image starts Millrace with the arguments and the environment that the scripts give it', async () => {
  const image = await readFile('Dockerfile', 'utf8')
  for (const [name, value] of Object.entries(processEnvironment)) {
    expect(image).toMatch(new RegExp(`^(ENV| +) ?${name}=${value} `, 'm'))
  }
  const command = ['node', ...processArguments, 'dist/backend/main.js']
  expect(image).toContain(`CMD [${command.map(part => `"${part}"`).join(', ')}]`)
})
