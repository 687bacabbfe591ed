import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { inject } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { HdfsLake } from './hdfs-lake.ts'
import { lakeContract } from './lake.contract.ts'

let cacheFolder = ''
lakeContract('HdfsLake', {
  async open() {
    cacheFolder = await makeTemporaryFolder()
    return HdfsLake.open(
      {
        urls: [new URL(inject('cluster').webhdfs)],
        user: 'millrace',
        root: `/contract/${randomUUID()}`,
        cacheFolder,
        cacheBytesMax: 2 ** 30,
        cacheGraceMs: 0,
      },
      systemClock,
    )
  },
  async dispose(lake) {
    await lake.close()
    await rm(cacheFolder, { recursive: true, force: true })
  },
})
