import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Artifacts } from '../../cluster/artifacts.ts'
import { Cluster } from '../../cluster/cluster.ts'
import { Places } from '../../cluster/places.ts'
import type { Random } from '../../sample-data/random.ts'
import { profileSettings } from '../profile.ts'
import { committedAgain, exactAgain } from './checks.ts'
import {
  type ClusterFault,
  type ClusterFaultKind,
  describe,
  nextFault,
  type TornService,
  tornServices,
  type Wire,
} from './cluster-plan.ts'
import { copyFromHdfs } from './hdfs-copy.ts'
import type { Ledger } from './ledger.ts'
import { Member, seconds } from './member.ts'
import type { Report } from './report.ts'
import { TcpProxy } from './tcp-proxy.ts'
import type { Tortured } from './torture.ts'
import { Wrong } from './wrong.ts'

const projectFolder = join(import.meta.dirname, '..', '..', '..')
const hdfsRoot = '/torture/lake'
const recoveryMsMax = 180_000
/** Long enough for appends to every partition. */
const appendsMs = 1_500

export interface ClusterTortureOptions {
  readonly memberCount: number
  readonly portBase: number
  readonly kinds: readonly ClusterFaultKind[]
}

interface Parts {
  readonly folder: string
  readonly cluster: Cluster
  readonly places: Places
  readonly wires: Readonly<Record<Wire, TcpProxy>>
  readonly members: readonly Member[]
  readonly kinds: readonly ClusterFaultKind[]
}

/** Several Millraces on one topic, over a cluster of their own whose services are killed, stopped and cut off. */
export class ClusterTorture implements Tortured {
  readonly members: readonly Member[]
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.members = parts.members
    this.#parts = parts
  }

  static async start(
    folder: string,
    { memberCount, portBase, kinds }: ClusterTortureOptions,
    report: Report,
  ): Promise<ClusterTorture> {
    const at = { folder: join(folder, 'cluster'), portBase }
    const wires = await startWires(new Places(at))
    const places = new Places({ ...at, kafkaAddress: wires.Kafka.address })
    const cluster = new Cluster({
      places,
      artifacts: new Artifacts(
        join(projectFolder, 'cluster', 'artifacts'),
        join(projectFolder, 'dist', 'classpaths'),
      ),
      report: (service, news) => report.say(`      ${service} ${news}`),
    })
    await cluster.up(tornServices)
    const shared = {
      ...profileSettings('cluster', folder),
      MILLRACE_HDFS_ROOT: hdfsRoot,
      MILLRACE_KAFKA_BROKERS: wires.Kafka.address,
      MILLRACE_HDFS_URLS: `http://${wires.WebHDFS.address}`,
      MILLRACE_HBASE_URLS: `http://${wires.HBase.address}`,
      MILLRACE_SPARK: '',
      MILLRACE_COMMIT_EVERY: '0.3',
      MILLRACE_LAKE_HISTORY_HOURS: '0.1',
      MILLRACE_QUERY_MEMORY_GB: '1',
    }
    const members: Member[] = []
    for (let n = 1; n <= memberCount; n++) {
      const home = {
        MILLRACE_HOME: join(folder, `${n}`),
        MILLRACE_LAKE_CACHE: join(folder, `cache-${n}`),
      }
      members.push(await Member.launch(`Millrace ${n}`, { ...shared, ...home }))
    }
    return new ClusterTorture({ folder, cluster, places, wires, members, kinds })
  }

  async strike(random: Random, ledger: Ledger, report: Report): Promise<void> {
    const fault = nextFault(random, this.members.length, this.#parts.kinds)
    const detail = await this.#inflict(fault, ledger, report)
    const startedAt = performance.now()
    const counts = await Promise.all(
      this.members.map(member => exactAgain(member, ledger, recoveryMsMax)),
    )
    const took = seconds(performance.now() - startedAt)
    await committedAgain(this.members, recoveryMsMax)
    const [first = { rows: 0, deadLetters: 0 }] = counts
    report.fault(`${describe(fault)}${detail}: exact after ${took} s`, first)
  }

  async lakeFolder(): Promise<string> {
    const { places, folder } = this.#parts
    const copy = join(folder, 'lake')
    await copyFromHdfs(places.addresses.webhdfs, hdfsRoot, copy)
    return copy
  }

  async close(): Promise<void> {
    const { cluster, wires } = this.#parts
    for (const member of this.members) await member.end()
    for (const wire of Object.values(wires)) wire.close()
    await cluster.down(tornServices)
  }

  /** Resolves when the fault is over, with what there is to tell of it. */
  async #inflict(fault: ClusterFault, ledger: Ledger, report: Report): Promise<string> {
    switch (fault.kind) {
      case 'service':
        await this.#killServices(fault.services, fault.awayMs)
        for (const _ of fault.services) report.count('service kills')
        return ''
      case 'freeze':
        await this.#without(fault.service, () => sleep(fault.forMs))
        report.count('frozen services')
        return ''
      case 'network': {
        const wire = this.#parts.wires[fault.wire]
        wire.behave(fault.manner)
        await sleep(fault.forMs)
        wire.behave('passes')
        report.count('network faults')
        return ''
      }
      default:
        await sleep(fault.delayMs)
        return this.#inflictOnMember(this.#member(fault.which), fault, ledger, report)
    }
  }

  async #inflictOnMember(
    member: Member,
    fault: ClusterFault,
    ledger: Ledger,
    report: Report,
  ): Promise<string> {
    switch (fault.kind) {
      case 'kill':
        await member.kill()
        report.count('kills')
        for (const ms of fault.againMs) {
          member.launchAgain()
          await sleep(ms)
          await member.kill()
          report.count('kills')
        }
        member.launchAgain()
        return ''
      case 'zombie':
        return this.#makeZombie(member, fault.restMs, ledger, report)
      case 'stop': {
        const tookMs = await this.#without(fault.without, () => member.stop())
        report.count('stops')
        member.launchAgain()
        return `, ended after ${seconds(tookMs)} s`
      }
      default:
        await member.killEngine()
        report.count('engine kills')
        return ''
    }
  }

  /** Goes on in the middle of what it was doing, when others have its partitions. */
  async #makeZombie(
    member: Member,
    restMs: number,
    ledger: Ledger,
    report: Report,
  ): Promise<string> {
    const startedAt = performance.now()
    member.pause()
    await sleep(appendsMs)
    const others = this.members.filter(each => each !== member)
    await Promise.all(others.map(other => exactAgain(other, ledger, recoveryMsMax)))
    const tookMs = performance.now() - startedAt
    await sleep(restMs)
    member.resume()
    report.count('zombies')
    return `, taken over after ${seconds(tookMs)} s`
  }

  async #killServices(services: readonly TornService[], awayMs: number): Promise<void> {
    const pids = await Promise.all(services.map(service => this.#pidOf(service)))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await sleep(awayMs)
    await this.#parts.cluster.up(tornServices)
  }

  /** Does something while a service is stopped: connections to it are half open. */
  async #without<T>(service: TornService | undefined, work: () => Promise<T>): Promise<T> {
    if (service === undefined) return work()
    const pid = await this.#pidOf(service)
    process.kill(pid, 'SIGSTOP')
    try {
      return await work()
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  }

  async #pidOf(service: TornService): Promise<number> {
    const [state] = await this.#parts.cluster.status([service])
    if (state?.pid === undefined) throw new Error(`${service} does not run`)
    return state.pid
  }

  #member(which: number): Member {
    const member = this.members[which]
    if (member === undefined) throw new Wrong(`there is a Millrace ${which}`)
    return member
  }
}

/** One to each server that Millrace talks to itself. A broker sends its clients to the address that it was given. */
async function startWires({ addresses }: Places): Promise<Record<Wire, TcpProxy>> {
  return {
    HBase: await TcpProxy.start(new URL(addresses.hbase).host),
    WebHDFS: await TcpProxy.start(new URL(addresses.webhdfs).host),
    Kafka: await TcpProxy.start(addresses.kafka),
  }
}
