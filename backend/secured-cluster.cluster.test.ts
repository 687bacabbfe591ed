import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Certificate, makeCertificate } from '../cluster/testing/certificate.ts'
import { clusterProfile } from '../cluster/testing/cluster-profile.ts'
import { type Gateway, startGrpcGateway, startHttpGateway } from '../cluster/testing/gateway.ts'
import {
  kafkaPassword,
  kafkaUser,
  type SecuredKafka,
  startSecuredKafka,
} from '../cluster/testing/secured-kafka.ts'
import { isFailure } from './base/failure.ts'
import { silentLog } from './base/log.ts'
import { compose, type Millrace } from './compose.ts'
import { readConfig } from './config.ts'
import { jsonOf } from './query/arrow-json.ts'
import { shopEvent } from './testing/running-millrace.ts'
import { makeTemporaryFolder } from './testing/temporary-folder.ts'

const engineEntry = new URL('../dist/backend/query/engine-process.js', import.meta.url)
const waitMsMax = 60_000
/** Nothing listens there. */
const nobody = 'https://localhost:1'
const basic = `Basic ${Buffer.from('millrace:secret').toString('base64')}`
const bearer = 'bearer-token'

let certificate: Certificate
let kafka: SecuredKafka
let gateways: { hdfs: Gateway; hbase: Gateway; spark: Gateway }
let millrace: Millrace

beforeAll(async () => {
  const folder = await makeTemporaryFolder()
  const cluster = inject('cluster')
  certificate = await makeCertificate(folder)
  kafka = await startSecuredKafka(folder, certificate)
  const options = { certificate, authorization: basic }
  gateways = {
    hdfs: await startHttpGateway(cluster.webhdfs, options),
    hbase: await startHttpGateway(cluster.hbase, options),
    spark: await startGrpcGateway(cluster.spark, {
      certificate,
      authorization: `Bearer ${bearer}`,
    }),
  }
  millrace = await compose(await config(), silentLog, engineEntry)
  await millrace.start()
})

afterAll(async () => {
  await millrace?.close()
  for (const gateway of Object.values(gateways ?? {})) gateway.close()
  await kafka?.stop()
})

/** Everything by TLS, everywhere signed in, and of all addresses the first is away. */
async function config(more: Readonly<Record<string, string>> = {}) {
  const folder = await makeTemporaryFolder()
  return readConfig({
    ...clusterProfile(inject('cluster')),
    MILLRACE_HOME: folder,
    MILLRACE_LAKE_CACHE: `${folder}/cache`,
    MILLRACE_CA_FILE: certificate.caFile,
    MILLRACE_KAFKA_BROKERS: ['localhost:1', ...kafka.brokers].join(),
    MILLRACE_KAFKA_TLS: 'on',
    MILLRACE_KAFKA_SASL: 'scram-sha-512',
    MILLRACE_KAFKA_USER: kafkaUser,
    MILLRACE_KAFKA_PASSWORD: kafkaPassword,
    MILLRACE_HDFS_URLS: `${nobody},${gateways.hdfs.url}`,
    MILLRACE_HDFS_AUTHORIZATION: basic,
    MILLRACE_HBASE_URLS: `${nobody},${gateways.hbase.url}`,
    MILLRACE_HBASE_AUTHORIZATION: basic,
    MILLRACE_SPARK: gateways.spark.url,
    MILLRACE_SPARK_TLS: 'on',
    MILLRACE_SPARK_TOKEN: bearer,
    ...more,
  })
}

let appended = 0
async function append(count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, n) => ({
    key: String(n),
    value: Buffer.from(shopEvent(appended + n)),
  }))
  await millrace.eventLog.append('events', records)
  appended += count
}

async function countsOn(engine: 'server' | 'spark'): Promise<unknown> {
  const sql = 'SELECT CAST(count(*) AS INT), CAST(count(DISTINCT product_id) AS INT) FROM events'
  const { result } = await millrace.queries.run({ sql, engine }, new AbortController().signal)
  let text = ''
  for await (const part of jsonOf(result.messages)) text += part
  return (JSON.parse(text) as { rows: unknown[] }).rows[0]
}

const all = () => [appended, appended]

test('through TLS, names and passwords, past addresses that are away, events reach the same answers', async () => {
  await append(2_000)
  await expect.poll(() => countsOn('server'), { timeout: waitMsMax }).toEqual(all())
  const committed = () =>
    millrace.progress
      .flatMap(progress => progress.status(Date.now()).partitions)
      .reduce((sum, { committedOffset }) => sum + committedOffset, 0)
  await expect.poll(committed, { timeout: waitMsMax }).toBe(appended)
  await append(500)
  await expect.poll(() => countsOn('server'), { timeout: waitMsMax }).toEqual(all())
  expect(await countsOn('spark')).toEqual(all())
  for (const gateway of Object.values(gateways)) expect(gateway.passed).toBeGreaterThan(0)
})

test.each([
  ['plain', kafkaPassword, undefined],
  ['scram-sha-512', 'wrong', /does not let .*millrace.* in|[Aa]uthentication/],
  ['plain', 'wrong', /[Aa]uthentication/],
])('Kafka by %s with the password "%s"', async (mechanism, password, refusal) => {
  const settings = { MILLRACE_KAFKA_SASL: mechanism, MILLRACE_KAFKA_PASSWORD: password }
  const other = await compose(await config(settings), silentLog, engineEntry)
  const described = other.eventLog.ensureTopic('events', {
    partitionCount: 1,
    retention: { ageMsMax: Infinity, bytesMax: Infinity },
  })
  if (refusal === undefined) expect((await described).partitions).toHaveLength(1)
  else await expect(described).rejects.toThrow(refusal)
  await other.close()
})

test('a broker is killed, and the other one goes on with all of it', async () => {
  await kafka.kill(1)
  await expect
    .poll(
      () =>
        append(500).then(
          () => true,
          () => false,
        ),
      { timeout: waitMsMax },
    )
    .toBe(true)
  await expect.poll(() => countsOn('server'), { timeout: waitMsMax }).toEqual(all())
})

test('what HDFS refuses is told at the start', async () => {
  const settings = await config({ MILLRACE_HDFS_AUTHORIZATION: 'Basic wrong' })
  await expect(compose(settings, silentLog, engineEntry)).rejects.toSatisfy(
    error => isFailure(error, 'lake-unavailable') && /does not let .* 401/.test(error.message),
  )
})

test('what HBase refuses is told while it pauses', async () => {
  const settings = await config({ MILLRACE_HBASE_AUTHORIZATION: 'Basic wrong' })
  const other = await compose(settings, silentLog, engineEntry)
  await other.start().catch(() => {})
  const problem = () => other.progress[0]?.status(Date.now()).problem?.detail
  await expect.poll(problem, { timeout: waitMsMax }).toMatch(/401/)
  await other.close()
})

test('without the certificate nobody is trusted', async () => {
  const settings = await config({ MILLRACE_CA_FILE: '' })
  await expect(compose(settings, silentLog, engineEntry)).rejects.toSatisfy(
    error => isFailure(error, 'lake-unavailable') && /certificate/.test(error.message),
  )
})
