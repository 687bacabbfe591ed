import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { Places } from './places.ts'
import type { JavaCommand, JavaRunner, Service } from './service.ts'

const heap = '-Xmx256m'
const probeTopic = 'millrace-probe'

/** One broker that is its own controller. */
export function kafka(places: Places): Service {
  const settingsFile = places.path('conf', 'kafka.properties')
  const dataFolder = places.path('data', 'kafka')
  const address = places.addresses.kafka
  return {
    name: 'kafka',
    needs: [],
    artifacts: 'kafka',
    startMsMax: 120_000,
    address,
    async prepare(java) {
      await writeFile(settingsFile, settings(places, dataFolder))
      if (!existsSync(`${dataFolder}/meta.properties`)) await format(java)
    },
    command: () => run('kafka.Kafka', [settingsFile]),
    probe: () => probe(address),
  }

  async function format(java: JavaRunner): Promise<void> {
    await mkdir(dataFolder, { recursive: true })
    const args = ['format', '--cluster-id', 'TWlsbHJhY2VDbHVzdGVyMQ', '--config', settingsFile]
    await java(run('kafka.tools.StorageTool', args))
  }
}

function run(main: string, args: readonly string[]): JavaCommand {
  return { machine: [heap, '-Dlog4j2.level=INFO'], classFolders: [], main, args }
}

function settings(places: Places, dataFolder: string): string {
  const controller = places.port('kafkaController')
  return propertiesText({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://${places.bindHost('kafka')}:${places.port('kafka')},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://${places.addresses.kafka}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': dataFolder,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // By default half of the heap.
    'log.cleaner.dedupe.buffer.size': 16 * 2 ** 20,
    // Topics come from Millrace, with settings that it chose; a wrong name must not make one.
    'auto.create.topics.enable': false,
  })
}

function propertiesText(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function probe(address: string): Promise<void> {
  const client = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
  })
  const [admin, producer] = [client.admin(), client.producer()]
  try {
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: probeTopic, numPartitions: 1 }] })
    await producer.connect()
    const [written] = await producer.send({ topic: probeTopic, messages: [{ value: 'probe' }] })
    const [partition] = await admin.fetchTopicOffsets(probeTopic)
    if (Number(partition?.high) <= Number(written?.baseOffset)) throw new Error('not readable yet')
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}
