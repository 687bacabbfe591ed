/**
 * What kafkajs has inside and does not show: connections to brokers that sign in, keep TLS and come back. Its public
 * consumer cannot read from a given offset, and its metadata knows no topic ids. See docs/decisions.md.
 */
declare module 'kafkajs/src/cluster/index.js' {
  import type { Socket } from 'node:net'

  export interface ProtocolRequest<T> {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: {
      decode(payload: Buffer): Promise<T>
      parse(decoded: T): Promise<T>
    }
  }

  export interface Broker {
    readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> }
    listOffsets(request: {
      replicaId: number
      isolationLevel: number
      topics: readonly {
        topic: string
        partitions: readonly { partition: number; timestamp: number }[]
      }[]
    }): Promise<{
      responses: readonly {
        partitions: readonly { partition: number; offset: string }[]
      }[]
    }>
  }

  export interface ClusterOptions {
    readonly logger: unknown
    readonly brokers: readonly string[]
    readonly clientId: string
    readonly ssl?: unknown
    readonly sasl?: unknown
    readonly connectionTimeout: number
    readonly requestTimeout: number
    readonly enforceRequestTimeout: boolean
    readonly metadataMaxAge: number
    readonly retry: { readonly retries: number; readonly initialRetryTime: number }
    readonly allowAutoTopicCreation: boolean
    readonly maxInFlightRequests: number | null
    readonly isolationLevel: number
    readonly socketFactory: (options: unknown) => Socket
  }

  export default class Cluster {
    constructor(options: ClusterOptions)
    readonly brokerPool: {
      /** By node id. */
      readonly brokers: Readonly<Record<string, unknown>>
      /** One that is connected, or the first of them that can be. */
      findConnectedBroker(): Promise<Broker>
    }
    connect(): Promise<void>
    disconnect(): Promise<void>
    refreshMetadata(): Promise<void>
    findBroker(which: { nodeId: string }): Promise<Broker>
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { Socket } from 'node:net'
  export default function socketFactory(): (options: unknown) => Socket
}

/** How kafkajs itself writes what brokers store: the tests read that. */
declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  interface RecordBatchOptions {
    readonly compression?: number
    readonly firstOffset: number
    readonly firstTimestamp: number
    readonly maxTimestamp: number
    readonly lastOffsetDelta: number
    readonly transactional?: boolean
    readonly producerId?: number
    readonly records: readonly unknown[]
  }
  const recordBatch: { RecordBatch(options: RecordBatchOptions): Promise<{ buffer: Buffer }> }
  export default recordBatch
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  export default function record(options: {
    readonly offsetDelta: number
    readonly timestampDelta: number
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers?: Readonly<Record<string, string>>
  }): unknown
}
