import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { expect, inject, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { makeTemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts'
import { HdfsClient } from './hdfs-client.ts'
import { HdfsLake } from './hdfs-lake.ts'
import { lakeContract } from './lake.contract.ts'

function optionsIn(cacheFolder: string) {
  return {
    urls: [new URL(inject('cluster').webhdfs)],
    user: 'millrace',
    root: `/contract/${randomUUID()}`,
    cacheFolder,
    cacheBytesMax: 2 ** 30,
    cacheGraceMs: 0,
  }
}

let cacheFolder = ''
lakeContract('HdfsLake', {
  async open() {
    cacheFolder = await makeTemporaryFolder()
    return HdfsLake.open(optionsIn(cacheFolder), systemClock)
  },
  async dispose(lake) {
    await lake.close()
    await rm(cacheFolder, { recursive: true, force: true })
  },
})

test('what a process that was killed had written aside is freed a day later', async () => {
  const options = optionsIn(await temporaryFolder())
  const client = new HdfsClient(options)
  const folder = `${options.root}/.staging`
  await client.makeFolder(folder)
  await client.create(`${folder}/of-the-killed`, Buffer.from('x'), 1)
  const namesAfterStartAt = async (now: number) => {
    const lake = await HdfsLake.open(options, { ...systemClock, now: () => now })
    await lake.close()
    return (await client.list(folder))?.map(({ pathSuffix }) => pathSuffix)
  }
  expect(await namesAfterStartAt(Date.now())).toEqual(['of-the-killed'])
  expect(await namesAfterStartAt(Date.now() + 2 * 86_400_000)).toEqual([])
  client.close()
})
