import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

/**
 * The settings of a Millrace that starts empty: on the embedded profile in `folder`, on the cluster profile under names
 * that nothing else uses. Where the cluster is, the usual settings say.
 * @throws Error when there is no such profile
 */
export function profileSettings(profile: string, folder: string): Record<string, string> {
  const home = { MILLRACE_HOME: join(folder, 'home'), MILLRACE_PROFILE: profile }
  if (profile === 'embedded') return home
  if (profile !== 'cluster') throw new Error(`There is no profile ${profile}.`)
  const name = randomUUID().slice(0, 8)
  return {
    ...home,
    MILLRACE_LAKE_CACHE: join(folder, 'cache'),
    MILLRACE_KAFKA_TOPIC_PREFIX: `bench-${name}-`,
    MILLRACE_HDFS_ROOT: `/bench/${name}`,
    MILLRACE_HBASE_TABLE_PREFIX: `bench_${name}_`,
  }
}
