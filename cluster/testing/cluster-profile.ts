import { randomUUID } from 'node:crypto'
import type { ClusterAddresses } from '../places.ts'

/** The settings of a Millrace that has a part of the cluster to itself. */
export function clusterProfile(addresses: ClusterAddresses): Record<`MILLRACE_${string}`, string> {
  const name = `test_${randomUUID().slice(0, 8)}`
  return {
    MILLRACE_PROFILE: 'cluster',
    MILLRACE_KAFKA_BROKERS: addresses.kafka,
    MILLRACE_KAFKA_TOPIC_PREFIX: `${name}-`,
    MILLRACE_HDFS_URLS: addresses.webhdfs,
    MILLRACE_HDFS_ROOT: `/test/${name}`,
    MILLRACE_HBASE_URLS: addresses.hbase,
    MILLRACE_HBASE_TABLE_PREFIX: `${name}_`,
    MILLRACE_SPARK: addresses.spark,
    MILLRACE_SPARK_LAKE: `${addresses.hdfs}/test/${name}`,
    MILLRACE_COMMIT_EVERY: '2',
  }
}
