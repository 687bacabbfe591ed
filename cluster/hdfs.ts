import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { hadoopLogging, hadoopMachine, writeSite } from './hadoop-site.ts'
import { requestOk } from './http-request.ts'
import type { Places } from './places.ts'
import type { JavaCommand, JavaRunner, Service } from './service.ts'

const heap = '192m'
const hdfsPackage = 'org.apache.hadoop.hdfs.server'

export function namenode(places: Places): Service {
  const url = `http://${places.host('namenode')}:${places.port('namenodeHttp')}`
  return {
    name: 'namenode',
    needs: [],
    artifacts: 'hbase',
    startMsMax: 120_000,
    address: places.addresses.hdfs,
    async prepare(java) {
      await writeHdfsSettings(places)
      if (!existsSync(places.path('data', 'namenode', 'current', 'VERSION'))) await format(java)
    },
    command: () => run(places, 'namenode.NameNode', []),
    probe: async () => {
      await requestOk('GET', `${url}/webhdfs/v1/?op=LISTSTATUS`)
    },
  }

  async function format(java: JavaRunner): Promise<void> {
    await java(run(places, 'namenode.NameNode', ['-format', '-nonInteractive']))
  }
}

export function datanode(places: Places): Service {
  const url = `${places.addresses.webhdfs}/webhdfs/v1/tmp/.millrace-probe`
  return {
    name: 'datanode',
    needs: ['namenode'],
    artifacts: 'hbase',
    startMsMax: 120_000,
    address: places.addresses.webhdfs,
    prepare: () => writeHdfsSettings(places),
    command: () => run(places, 'datanode.DataNode', []),
    probe: async () => {
      const create = await requestOk('PUT', `${url}?op=CREATE&overwrite=true&noredirect=true`)
      await requestOk('PUT', locationIn(create), 'probe')
      const open = await requestOk('GET', `${url}?op=OPEN&noredirect=true`)
      const content = await requestOk('GET', locationIn(open))
      if (content !== 'probe') throw new Error('HDFS gave back something else than was written')
    },
  }
}

function locationIn(answer: string): string {
  return (JSON.parse(answer) as { Location: string }).Location
}

function run(places: Places, main: string, args: readonly string[]): JavaCommand {
  return {
    machine: hadoopMachine(heap, places.folder),
    classFolders: [places.path('conf')],
    main: `${hdfsPackage}.${main}`,
    args,
  }
}

/** What NameNode and DataNode read, and with them every client that runs here. */
export async function writeHdfsSettings(places: Places): Promise<void> {
  // The servers end at once when these are not on the class path, although nothing is in them.
  for (const web of ['hdfs', 'datanode', 'static']) {
    await mkdir(places.path('conf', 'webapps', web), { recursive: true })
  }
  await mkdir(places.path('data', 'tmp'), { recursive: true })
  await writeFile(places.path('conf', 'log4j.properties'), hadoopLogging)
  await writeSite(places.path('conf', 'core-site.xml'), {
    'fs.defaultFS': places.addresses.hdfs,
    'hadoop.tmp.dir': places.path('data', 'tmp'),
    'hadoop.http.staticuser.user': 'millrace',
  })
  await writeSite(places.path('conf', 'hdfs-site.xml'), hdfsSettings(places))
}

function hdfsSettings(places: Places) {
  const [nameHost, dataHost] = [places.bindHost('namenode'), places.bindHost('datanode')]
  return {
    'dfs.namenode.name.dir': `file://${places.path('data', 'namenode')}`,
    'dfs.datanode.data.dir': `file://${places.path('data', 'datanode')}`,
    'dfs.replication': 1,
    'dfs.permissions.enabled': false,
    'dfs.namenode.rpc-address': `${places.host('namenode')}:${places.port('namenodeRpc')}`,
    'dfs.namenode.rpc-bind-host': nameHost,
    'dfs.namenode.http-address': `${places.host('namenode')}:${places.port('namenodeHttp')}`,
    'dfs.namenode.http-bind-host': nameHost,
    'dfs.datanode.address': `${dataHost}:${places.port('datanode')}`,
    'dfs.datanode.http.address': `${dataHost}:${places.port('datanodeHttp')}`,
    'dfs.datanode.ipc.address': `${dataHost}:${places.port('datanodeRpc')}`,
    'dfs.datanode.hostname': places.host('datanode'),
    'dfs.client.use.datanode.hostname': true,
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.namenode.handler.count': 4,
    'dfs.datanode.handler.count': 4,
    // One DataNode: it is missed within seconds, and nobody looks for another one.
    'dfs.heartbeat.interval': 1,
    'dfs.namenode.heartbeat.recheck-interval': 5_000,
    'dfs.namenode.safemode.extension': 0,
    'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
    // A file that is closed before the DataNode has reported its block waits this long: by default 400 ms.
    'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 10,
    'dfs.client.block.write.locateFollowingBlock.retries': 12,
    'dfs.client.block.write.locateFollowingBlock.max.delay.ms': 2_000,
  }
}
