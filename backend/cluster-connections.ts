import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SASLOptions } from 'kafkajs'
import { Failure, messageOf } from './base/failure.ts'
import type { Config } from './config.ts'
import type { KafkaEventLogOptions } from './events/kafka-event-log.ts'
import type { HdfsLakeOptions } from './lake/hdfs-lake.ts'
import type { HbaseLiveStoreOptions } from './live/hbase-live-store.ts'
import type { SparkConnection } from './query/spark-session.ts'

export interface ClusterConnections {
  readonly kafka: KafkaEventLogOptions
  readonly hdfs: HdfsLakeOptions
  readonly hbase: HbaseLiveStoreOptions
  readonly spark: SparkConnection
}

/**
 * What the settings say of the cluster's servers.
 * @throws Failure `setting` when they do not fit together, or the certificates cannot be read
 */
export async function clusterConnections(config: Config): Promise<ClusterConnections> {
  const ca = await certificates(config.MILLRACE_CA_FILE)
  return {
    kafka: kafkaOptions(config, ca),
    hdfs: hdfsOptions(config, ca),
    hbase: hbaseOptions(config, ca),
    spark: {
      address: config.MILLRACE_SPARK,
      usesTls: config.MILLRACE_SPARK_TLS === 'on',
      token: config.MILLRACE_SPARK_TOKEN || undefined,
      ca,
    },
  }
}

function kafkaOptions(config: Config, ca: string | undefined): KafkaEventLogOptions {
  return {
    brokers: config.MILLRACE_KAFKA_BROKERS,
    ssl: config.MILLRACE_KAFKA_TLS === 'on' ? (ca === undefined ? true : { ca }) : undefined,
    sasl: saslOptions(config),
    topicPrefix: config.MILLRACE_KAFKA_TOPIC_PREFIX,
    replicationFactor: config.MILLRACE_KAFKA_REPLICATION,
  }
}

function saslOptions(config: Config): KafkaEventLogOptions['sasl'] {
  const { MILLRACE_KAFKA_SASL: mechanism, MILLRACE_KAFKA_USER: username } = config
  const { MILLRACE_KAFKA_PASSWORD: password } = config
  if (mechanism === 'none') return undefined
  if (username === '' || password === '') {
    throw new Failure('setting', `MILLRACE_KAFKA_SASL is "${mechanism}", which needs a user.`, {
      hint: 'Set MILLRACE_KAFKA_USER and MILLRACE_KAFKA_PASSWORD as well.',
    })
  }
  return { mechanism, username, password } as SASLOptions
}

/** Each process needs one of its own. */
export function lakeCacheFolder(config: Config): string {
  return config.MILLRACE_LAKE_CACHE || join(config.MILLRACE_HOME, 'lake-cache')
}

function hdfsOptions(config: Config, ca: string | undefined): HdfsLakeOptions {
  return {
    urls: config.MILLRACE_HDFS_URLS,
    user: config.MILLRACE_HDFS_USER,
    delegationToken: config.MILLRACE_HDFS_DELEGATION_TOKEN || undefined,
    authorization: config.MILLRACE_HDFS_AUTHORIZATION || undefined,
    ca,
    root: config.MILLRACE_HDFS_ROOT,
    cacheFolder: lakeCacheFolder(config),
    cacheBytesMax: config.MILLRACE_LAKE_CACHE_GB * 2 ** 30,
    cacheGraceMs: config.MILLRACE_QUERY_TIMEOUT * 1000,
  }
}

function hbaseOptions(config: Config, ca: string | undefined): HbaseLiveStoreOptions {
  return {
    gateways: config.MILLRACE_HBASE_URLS,
    user: config.MILLRACE_HBASE_USER || undefined,
    authorization: config.MILLRACE_HBASE_AUTHORIZATION || undefined,
    ca,
    namespace: config.MILLRACE_HBASE_NAMESPACE,
    tablePrefix: config.MILLRACE_HBASE_TABLE_PREFIX,
  }
}

async function certificates(file: string): Promise<string | undefined> {
  if (file === '') return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Failure('setting', `MILLRACE_CA_FILE cannot be read: ${messageOf(error)}`)
  }
}
