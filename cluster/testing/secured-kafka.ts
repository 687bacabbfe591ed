import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Artifacts } from '../artifacts.ts'
import type { Certificate } from './certificate.ts'

export const kafkaUser = 'millrace'
export const kafkaPassword = 'grain and water'

export interface SecuredKafka {
  readonly brokers: readonly string[]
  /** kill -9 */
  kill(broker: number): Promise<void>
  stop(): Promise<void>
}

const projectFolder = join(import.meta.dirname, '..', '..')
const brokerCount = 2
const portBase = 19_200
const startMsMax = 60_000
const sasl = 'org.apache.kafka.common.security'

/** Two brokers that are reached by TLS and by a name and password alone, by SCRAM or PLAIN; the first leads the cluster. */
export async function startSecuredKafka(
  folder: string,
  certificate: Certificate,
): Promise<SecuredKafka> {
  const artifacts = new Artifacts(
    join(projectFolder, 'cluster', 'artifacts'),
    join(projectFolder, 'dist', 'classpaths'),
  )
  const classPath = await artifacts.classPath('kafka', () => {})
  const children: ChildProcess[] = []
  const ends = async (child: ChildProcess, signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const started = {
    brokers: numbers(brokerCount).map(n => `localhost:${portBase + n}`),
    async kill(broker: number) {
      const child = children[broker]
      if (child) await ends(child, 'SIGKILL')
    },
    async stop() {
      await Promise.all(children.map(child => ends(child, 'SIGKILL')))
    },
  }
  try {
    for (const n of numbers(brokerCount)) {
      if (await isOpen(portBase + n)) throw new Error(`port ${portBase + n} is in use`)
      children.push(await startBroker(n, { folder, certificate, classPath }))
    }
    await Promise.all(numbers(brokerCount).map(n => listens(portBase + n)))
  } catch (error) {
    await started.stop()
    throw error
  }
  return started
}

interface BrokerPlace {
  readonly folder: string
  readonly certificate: Certificate
  readonly classPath: string
}

async function startBroker(
  n: number,
  { folder, certificate, classPath }: BrokerPlace,
): Promise<ChildProcess> {
  const own = join(folder, `broker-${n}`)
  await mkdir(own, { recursive: true })
  const settingsFile = join(own, 'kafka.properties')
  await writeFile(settingsFile, settings(n, own, certificate))
  const java = ['-Xmx256m', '-cp', classPath]
  const scram = `SCRAM-SHA-512=[name=${kafkaUser},password="${kafkaPassword}"]`
  const format = ['format', '--cluster-id', 'U2VjdXJlZENsdXN0ZXIxMQ', '--config', settingsFile]
  await promisify(execFile)('java', [
    ...[...java, 'kafka.tools.StorageTool', ...format],
    ...(n === 0 ? ['--add-scram', scram] : []),
  ])
  const log = await open(join(own, 'kafka.log'), 'w')
  const child = spawn('java', [...java, 'kafka.Kafka', settingsFile], {
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  return child
}

function settings(n: number, folder: string, { storeFile, passphrase }: Certificate): string {
  const controller = `localhost:${portBase + 9}`
  const listener = 'listener.name.clients'
  const plain = `${sasl}.plain.PlainLoginModule required user_${kafkaUser}="${kafkaPassword}";`
  const properties = {
    'process.roles': n === 0 ? 'broker,controller' : 'broker',
    'node.id': n + 1,
    'controller.quorum.voters': `1@${controller}`,
    listeners: [
      `CLIENTS://localhost:${portBase + n}`,
      `INTERNAL://localhost:${portBase + 4 + n}`,
      ...(n === 0 ? [`CONTROLLER://${controller}`] : []),
    ].join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENTS:SASL_SSL',
    [`${listener}.ssl.keystore.type`]: 'PKCS12',
    [`${listener}.ssl.keystore.location`]: storeFile,
    [`${listener}.ssl.keystore.password`]: passphrase,
    [`${listener}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512,PLAIN',
    [`${listener}.scram-sha-512.sasl.jaas.config`]: `${sasl}.scram.ScramLoginModule required;`,
    [`${listener}.plain.sasl.jaas.config`]: plain,
    'log.dirs': join(folder, 'data'),
    'default.replication.factor': brokerCount,
    'offsets.topic.replication.factor': brokerCount,
    'offsets.topic.num.partitions': 2,
    'transaction.state.log.replication.factor': brokerCount,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16 * 2 ** 20,
    'auto.create.topics.enable': false,
    'broker.session.timeout.ms': 6_000,
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** Resolves when something listens at the port. */
async function listens(port: number): Promise<void> {
  const deadline = Date.now() + startMsMax
  while (!(await isOpen(port))) {
    if (Date.now() > deadline) throw new Error(`no broker listens at ${port}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, 'localhost')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
