import { mkdir } from 'node:fs/promises'
import { hadoopMachine, writeSite } from './hadoop-site.ts'
import { writeHdfsSettings } from './hdfs.ts'
import { requestOk } from './http-request.ts'
import type { Places } from './places.ts'
import type { Service } from './service.ts'

const hbasePackage = 'org.apache.hadoop.hbase'
const json = 'application/json'

/** ZooKeeper, master and region server in one process, their files on HDFS. */
export function hbase(places: Places): Service {
  return {
    name: 'hbase',
    needs: ['datanode'],
    artifacts: 'hbase',
    startMsMax: 120_000,
    address: `${places.host('hbase')}:${places.port('zookeeper')}`,
    prepare: () => writeHbaseSettings(places),
    command: () => ({
      machine: hadoopMachine('768m', places.folder),
      classFolders: [places.path('conf')],
      main: `${hbasePackage}.master.HMaster`,
      args: ['start'],
    }),
    // Whether it serves is seen through the gateway: after an abort, or a loss of all of HDFS, its process lives on, deaf.
    probe: async () => {},
  }
}

/** The gateway that Millrace speaks to. */
export function rest(places: Places): Service {
  const url = places.addresses.hbase
  return {
    name: 'rest',
    needs: ['hbase'],
    speaksFor: 'hbase',
    artifacts: 'hbase',
    startMsMax: 120_000,
    address: url,
    prepare: () => writeHbaseSettings(places),
    command: () => ({
      machine: hadoopMachine('256m', places.folder),
      classFolders: [places.path('conf')],
      main: `${hbasePackage}.rest.RESTServer`,
      args: ['-p', String(places.port('rest')), 'start'],
    }),
    probe: () => probe(url),
  }
}

async function probe(url: string): Promise<void> {
  const table = `${url}/millrace_probe`
  const schema = '<TableSchema name="millrace_probe"><ColumnSchema name="p"/></TableSchema>'
  const tables = JSON.parse(await requestOk('GET', `${url}/`)) as TableList
  const isThere = tables.table?.some(({ name }) => name === 'millrace_probe')
  if (!isThere) await requestOk('PUT', `${table}/schema`, schema, 'text/xml')
  const value = base64(String(Date.now()))
  const cell = { column: base64('p:v'), $: value }
  const row = { Row: [{ key: base64('probe'), Cell: [cell] }] }
  await requestOk('PUT', `${table}/probe`, JSON.stringify(row), json)
  const found = await requestOk('GET', `${table}/probe/p:v`)
  if (!found.includes(value)) throw new Error('HBase gave back something else than was written')
}

interface TableList {
  readonly table?: readonly { readonly name: string }[]
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function writeHbaseSettings(places: Places): Promise<void> {
  await writeHdfsSettings(places)
  await mkdir(places.path('data', 'hbase-tmp'), { recursive: true })
  await writeSite(places.path('conf', 'hbase-site.xml'), hbaseSettings(places))
}

function hbaseSettings(places: Places) {
  const host = places.host('hbase')
  const bind = places.bindHost('hbase')
  return {
    'hbase.rootdir': `${places.addresses.hdfs}/hbase`,
    // All servers in one process, with a file system that is not local.
    'hbase.cluster.distributed': false,
    'hbase.tmp.dir': places.path('data', 'hbase-tmp'),
    'hbase.zookeeper.quorum': host,
    'hbase.zookeeper.property.clientPort': places.port('zookeeper'),
    'hbase.zookeeper.property.clientPortAddress': bind,
    'hbase.zookeeper.property.dataDir': places.path('data', 'zookeeper'),
    'hbase.master.hostname': hostName(host),
    'hbase.regionserver.hostname': hostName(host),
    'hbase.unsafe.regionserver.hostname': hostName(host),
    'hbase.master.ipc.address': bind,
    'hbase.regionserver.ipc.address': bind,
    'hbase.master.port': places.port('hbaseMaster'),
    'hbase.regionserver.port': places.port('hbaseRegion'),
    'hbase.master.info.port': -1,
    'hbase.regionserver.info.port': -1,
    'hbase.regionserver.handler.count': 10,
    'hbase.master.wait.on.regionservers.mintostart': 1,
    'hbase.master.wait.on.regionservers.maxtostart': 1,
    'hbase.master.wait.on.regionservers.interval': 200,
    'hbase.rest.host': places.bindHost('rest'),
    'hbase.rest.info.port': -1,
    'hbase.rest.threads.min': 2,
    'hbase.rest.threads.max': 16,
    // With these three it outlives a DataNode that goes and comes back; without them it aborts.
    'hbase.wal.provider': 'asyncfs',
    'hbase.regionserver.logroll.retries': 200,
    'hbase.regionserver.async.wal.max.exclude.datanode.count': 0,
    // One DataNode has recovered a lease within a heartbeat; by default HBase waits 4 and 64 seconds.
    'hbase.lease.recovery.first.pause': 500,
    'hbase.lease.recovery.dfs.timeout': 3_000,
  }
}

/** HBase looks hosts up by name, and back. */
function hostName(host: string): string {
  return host === '127.0.0.1' ? 'localhost' : host
}
