import { mkdir } from 'node:fs/promises'
import { writeHdfsSettings } from './hdfs.ts'
import type { Places } from './places.ts'
import type { Service } from './service.ts'
import { probeSpark } from './spark-probe.ts'

/** Spark Connect, with everything of Spark in one process. */
export function spark(places: Places): Service {
  return {
    name: 'spark',
    needs: ['namenode'],
    artifacts: 'spark',
    startMsMax: 90_000,
    address: places.addresses.spark,
    async prepare() {
      await writeHdfsSettings(places)
      await mkdir(places.path('data', 'spark'), { recursive: true })
    },
    command: () => ({
      machine: [
        '-Xmx1536m',
        '-XX:+UseSerialGC',
        `-Djava.io.tmpdir=${places.path('data', 'tmp')}`,
        '-Djdk.reflect.useDirectMethodHandle=false',
        '-Djava.net.preferIPv4Stack=true',
        ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`),
        '--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
        ...Object.entries(settings(places)).map(([name, value]) => `-D${name}=${value}`),
      ],
      classFolders: [places.path('conf')],
      main: 'org.apache.spark.sql.connect.service.SparkConnectServer',
      args: [],
    }),
    probe: () => probeSpark(places.addresses.spark),
  }
}

const opened = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'sun.nio.ch',
  'sun.nio.cs',
  'sun.security.action',
  'sun.util.calendar',
]

function settings(places: Places): Readonly<Record<string, string | number | boolean>> {
  return {
    'spark.master': 'local[2]',
    'spark.driver.host': places.host('spark'),
    'spark.driver.bindAddress': places.bindHost('spark'),
    'spark.ui.enabled': false,
    'spark.local.dir': places.path('data', 'spark'),
    'spark.sql.warehouse.dir': `${places.addresses.hdfs}/warehouse`,
    'spark.connect.grpc.binding.address': places.bindHost('spark'),
    'spark.connect.grpc.binding.port': places.port('spark'),
    'spark.connect.progress.reportInterval': '200ms',
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.sql.shuffle.partitions': 4,
    // By default 50 tasks for the state of a table, however small: half a minute on two cores.
    'spark.databricks.delta.snapshotPartitions': 2,
    'spark.sql.session.timeZone': 'UTC',
  }
}
