import type { Random } from '../../sample-data/random.ts'
import type { ProxyManner } from './tcp-proxy.ts'

export const tornServices = ['kafka', 'namenode', 'datanode', 'hbase', 'rest'] as const
export type TornService = (typeof tornServices)[number]
export const wires = ['HBase', 'WebHDFS', 'Kafka'] as const
export type Wire = (typeof wires)[number]

interface OfMember {
  /** Which Millrace, counted from 0. */
  readonly which: number
  readonly delayMs: number
}

/** A fault of the cluster profile, as it was drawn. */
export type ClusterFault =
  | ({ readonly kind: 'kill'; readonly againMs: readonly number[] } & OfMember)
  | ({ readonly kind: 'zombie'; readonly restMs: number } & OfMember)
  | ({ readonly kind: 'engine' } & OfMember)
  /** `without` is stopped meanwhile. */
  | ({ readonly kind: 'stop'; readonly without: TornService | undefined } & OfMember)
  /** One of them, or two at once. */
  | {
      readonly kind: 'service'
      readonly services: readonly TornService[]
      readonly awayMs: number
    }
  | { readonly kind: 'freeze'; readonly service: TornService; readonly forMs: number }
  | {
      readonly kind: 'network'
      readonly wire: Wire
      readonly manner: ProxyManner
      readonly forMs: number
    }

export type ClusterFaultKind = ClusterFault['kind']

/** How often each kind is drawn, of a hundred. */
const shares: Readonly<Record<ClusterFaultKind, number>> = {
  kill: 25,
  zombie: 25,
  service: 20,
  network: 12,
  freeze: 8,
  stop: 6,
  engine: 4,
}
export const clusterFaultKinds = Object.keys(shares) as ClusterFaultKind[]

const recoveryMsMax = 6_000
const manners = ['cut', 'slow', 'half-open'] as const
/** HBase is not stopped for a while: what is in one process with it is stopped as well, and notices nothing. */
const freezable = ['kafka', 'namenode', 'datanode', 'rest'] as const

/** Draws the next fault among `kinds`: the same seed draws the same ones. */
export function nextFault(
  random: Random,
  memberCount: number,
  kinds: readonly ClusterFaultKind[],
): ClusterFault {
  const of = { which: random.below(memberCount), delayMs: random.below(1_500) }
  const kind = drawKind(random, kinds)
  switch (kind) {
    case 'kill': {
      const count = random.unit() < 0.3 ? 1 + random.below(2) : 0
      const againMs = Array.from({ length: count }, () => random.below(recoveryMsMax))
      return { kind, againMs, ...of }
    }
    case 'zombie':
      return { kind, restMs: random.below(3_000), ...of }
    case 'service': {
      const drawn = [random.pick(tornServices), random.pick(tornServices)]
      return { kind, services: [...new Set(drawn)], awayMs: random.below(5_000) }
    }
    case 'freeze':
      return { kind, service: random.pick(freezable), forMs: 1_000 + random.below(10_000) }
    case 'network': {
      const [wire, manner] = [random.pick(wires), random.pick(manners)]
      return { kind, wire, manner, forMs: 1_000 + random.below(10_000) }
    }
    case 'stop': {
      const without = random.unit() < 0.5 ? random.pick(freezable) : undefined
      return { kind, without, ...of }
    }
    default:
      return { kind, ...of }
  }
}

function drawKind(random: Random, kinds: readonly ClusterFaultKind[]): ClusterFaultKind {
  const total = kinds.reduce((sum, kind) => sum + shares[kind], 0)
  let left = random.below(total)
  for (const kind of kinds) {
    left -= shares[kind]
    if (left < 0) return kind
  }
  return 'kill'
}

export function describe(fault: ClusterFault): string {
  switch (fault.kind) {
    case 'kill': {
      const again = fault.againMs.map(ms => `, again ${ms} ms after its start`).join('')
      return `kill -9 of Millrace ${fault.which + 1}${again}`
    }
    case 'zombie':
      return `Millrace ${fault.which + 1} is stopped, others take over, it goes on after ${fault.restMs} ms`
    case 'engine':
      return `kill -9 of the query engine of Millrace ${fault.which + 1}`
    case 'stop': {
      const without = fault.without === undefined ? '' : ` while ${fault.without} is stopped`
      return `SIGTERM to Millrace ${fault.which + 1}${without}`
    }
    case 'service':
      return `kill -9 of ${fault.services.join(' and ')}, started again after ${fault.awayMs} ms`
    case 'freeze':
      return `${fault.service} is stopped for ${fault.forMs} ms`
    case 'network':
      return `the wire to ${fault.wire} is ${fault.manner} for ${fault.forMs} ms`
  }
}
