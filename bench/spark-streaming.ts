import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StreamDefinition } from '../backend/events/stream-definition.ts'
import { schemaStringOf } from '../backend/lake/delta-schema.ts'
import { pythonWith } from './python.ts'

const script = join(import.meta.dirname, '..', '..', 'bench', 'spark-streaming.py')

export interface SparkStreamingOptions {
  readonly spark: string
  readonly brokers: readonly string[]
  /** As Kafka calls it. */
  readonly topic: string
  readonly definition: StreamDefinition
  readonly rowsPerBatch: number
  /** Of the Delta table that is made. */
  readonly url: string
}

/**
 * Seconds that Spark Structured Streaming takes to bring a topic into a Delta table.
 * @throws Error when no Python is here, or rows are missing
 */
export async function sparkStreaming(
  options: SparkStreamingOptions,
  count: number,
): Promise<number> {
  const { definition } = options
  const python = pythonWith('pyspark-client==4.2.0', 'pandas<3')
  if (python === undefined) throw new Error('pyspark-client cannot be had: is there a Python?')
  const answer = (await python.json(await readFile(script, 'utf8'), [
    options.spark,
    options.brokers.join(','),
    options.topic,
    schemaStringOf(definition.columns),
    definition.eventTime,
    String(options.rowsPerBatch),
    options.url,
  ])) as { seconds: number; rows: number }
  if (answer.rows !== count) throw new Error(`Spark wrote ${answer.rows} of ${count} rows`)
  return answer.seconds
}
