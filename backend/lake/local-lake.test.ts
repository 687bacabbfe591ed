import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeTemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'
import { lakeContract } from './lake.contract.ts'
import { LocalLake } from './local-lake.ts'

let folder = ''
lakeContract('LocalLake', {
  async open() {
    folder = await makeTemporaryFolder()
    return LocalLake.open(folder)
  },
  async dispose() {
    await rm(folder, { recursive: true, force: true })
  },
})

test('what a process that was killed had written aside is gone at the next start', async () => {
  const root = await temporaryFolder()
  const lake = await LocalLake.open(root)
  await rm(lake.stagingFolder, { recursive: true })
  await expect(lake.putIfAbsent('t/_delta_log/0.json', '{}')).rejects.toThrow('.staging')
  await mkdir(lake.stagingFolder)
  await writeFile(join(lake.stagingFolder, '.killed.tmp'), '{}')
  const next = await LocalLake.open(root)
  expect(await readdir(next.stagingFolder)).toEqual([])
  expect(await readdir(join(root, 't', '_delta_log'))).toEqual([])
})
