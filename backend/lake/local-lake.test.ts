import { rm } from 'node:fs/promises'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
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
