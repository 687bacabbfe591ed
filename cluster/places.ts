import { join } from 'node:path'

export const serviceNames = ['kafka', 'namenode', 'datanode', 'hbase', 'rest', 'spark'] as const
export type ServiceName = (typeof serviceNames)[number]

/** What listens, by its distance from the first port. */
const portOffsets = {
  kafka: 0,
  kafkaController: 1,
  namenodeRpc: 2,
  namenodeHttp: 3,
  datanode: 4,
  datanodeHttp: 5,
  datanodeRpc: 6,
  zookeeper: 7,
  hbaseMaster: 8,
  hbaseRegion: 9,
  rest: 10,
  spark: 11,
} as const
export type PortName = keyof typeof portOffsets

export const loopback = '127.0.0.1'

export interface PlacesOptions {
  readonly folder: string
  readonly portBase: number
  /** Service → the host that others reach it by, where that is not this machine's loopback. */
  readonly hosts?: ReadonlyMap<ServiceName, string>
  /** `host:port` that Kafka sends its clients to, where it is not the broker's own. */
  readonly kafkaAddress?: string
}

/** Where the services of one cluster keep their files and are reached. */
export class Places {
  readonly folder: string
  readonly #portBase: number
  readonly #hosts: ReadonlyMap<ServiceName, string>
  readonly #kafkaAddress: string | undefined

  constructor({ folder, portBase, hosts = new Map(), kafkaAddress }: PlacesOptions) {
    this.folder = folder
    this.#portBase = portBase
    this.#hosts = hosts
    this.#kafkaAddress = kafkaAddress
  }

  port(name: PortName): number {
    return this.#portBase + portOffsets[name]
  }

  host(service: ServiceName): string {
    return this.#hosts.get(service) ?? loopback
  }

  /** What the service listens on: every interface once others have to reach it. */
  bindHost(service: ServiceName): string {
    return this.host(service) === loopback ? loopback : '0.0.0.0'
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  logFile(service: ServiceName): string {
    return this.path('logs', `${service}.log`)
  }

  /** What Millrace is told to reach the cluster. */
  get addresses(): ClusterAddresses {
    return {
      kafka: this.#kafkaAddress ?? `${this.host('kafka')}:${this.port('kafka')}`,
      webhdfs: `http://${this.host('namenode')}:${this.port('namenodeHttp')}`,
      hdfs: `hdfs://${this.host('namenode')}:${this.port('namenodeRpc')}`,
      hbase: `http://${this.host('rest')}:${this.port('rest')}`,
      spark: `${this.host('spark')}:${this.port('spark')}`,
    }
  }
}

export interface ClusterAddresses {
  readonly kafka: string
  readonly webhdfs: string
  readonly hdfs: string
  readonly hbase: string
  readonly spark: string
}
