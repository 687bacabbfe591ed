import type { HbaseTable, TableSchema } from 'hbase'
import type { Clock } from '../base/clock.ts'
import { invariant } from '../base/invariant.ts'
import {
  type GatewayAnswer,
  GatewayAway,
  type GatewayRequest,
  type HbaseConnection,
  HbaseGateways,
  unexpected,
} from './hbase-gateways.ts'
import { getRows } from './hbase-gets.ts'
import { encodeKey, encodeRows, protobufType } from './hbase-messages.ts'
import { scanRows } from './hbase-scan.ts'
import {
  checkCondition,
  type FamilySettings,
  type LiveStore,
  type ReadFilter,
  type Row,
  type RowCondition,
  type ScanOptions,
  type TableSettings,
} from './live-store.ts'

export interface HbaseLiveStoreOptions extends HbaseConnection {
  /** Holds all tables; it is there. */
  readonly namespace: string
  /** Begins the names of all tables, so that several Millraces can share a namespace. */
  readonly tablePrefix: string
}

const putBytesMax = 4 * 2 ** 20
const putRowsMax = 5_000
const requestsAtATime = 8
const notModified = 304
const notFound = 404

/** The live store of the cluster profile: HBase 2.6 or newer, by its REST gateways. */
export class HbaseLiveStore implements LiveStore {
  /** Blocks that come compressed cost the gateway and HBase a fifth of the work. */
  readonly compressesValues = false
  /** Each row would be a request: blocks of a second of events cost a fifth of a core. */
  readonly deletesCheaply = false
  readonly #options: HbaseLiveStoreOptions
  readonly #gateways: HbaseGateways

  constructor(options: HbaseLiveStoreOptions, clock: Clock) {
    this.#options = options
    this.#gateways = new HbaseGateways(options, clock)
  }

  async ensureTable(table: string, settings: TableSettings): Promise<void> {
    await this.#gateways.patiently(async gateway => {
      const known = this.#gateways.package(gateway).table(this.#nameOf(table))
      const schema = await schemaOf(known)
      const families = schema?.ColumnSchema.map(({ name }) => name) ?? []
      const missing = Object.entries(settings).filter(([name]) => !families.includes(name))
      if (missing.length === 0) return
      const added = { ColumnSchema: missing.map(columnSchema) }
      if (schema === null) await asked<boolean | null>(done => known.create(added, done))
      else await asked<boolean | null>(done => known.update(added, done))
    })
  }

  async families(table: string): Promise<readonly string[] | undefined> {
    return this.#gateways.patiently(async gateway => {
      const schema = await schemaOf(this.#gateways.package(gateway).table(this.#nameOf(table)))
      return schema?.ColumnSchema.flatMap(({ name }) => name ?? [])
    })
  }

  async put(table: string, rows: readonly Row[]): Promise<void> {
    await atATime(2, [...chunksOf(rows)], async chunk => {
      await this.#ask({
        method: 'PUT',
        // The rows have their keys with them; the path must name some row all the same.
        path: `/${this.#nameOf(table)}/rows`,
        body: encodeRows(chunk),
        contentType: protobufType,
      })
    })
  }

  async get(table: string, key: Buffer, filter?: ReadFilter): Promise<Row | undefined> {
    for await (const [row] of this.getMany(table, [key], filter)) return row
    return undefined
  }

  async *getMany(
    table: string,
    keys: readonly Buffer[],
    filter: ReadFilter = {},
  ): AsyncGenerator<readonly Row[]> {
    yield* getRows(this.#gateways, this.#nameOf(table), keys, filter)
  }

  async *scan(table: string, options: ScanOptions = {}): AsyncGenerator<readonly Row[]> {
    yield* scanRows(this.#gateways, this.#nameOf(table), options)
  }

  async checkAndPut(table: string, condition: RowCondition, row: Row): Promise<boolean> {
    const { column, expected } = condition
    checkCondition(condition, row)
    const own = row.cells.find(cell => cell.column === column)
    invariant(own !== undefined, 'the condition was checked')
    // The last cell of the request is the one to compare; an empty value stands for none.
    const compared = { column, timestamp: own.timestamp, value: expected ?? Buffer.alloc(0) }
    const request: GatewayRequest = {
      method: 'PUT',
      path: `/${this.#nameOf(table)}/${encodeKey(row.key)}?check=put&e=b64`,
      body: encodeRows([{ key: row.key, cells: [...row.cells, compared] }]),
      contentType: protobufType,
    }
    return this.#gateways.patiently(async (gateway, attempt) => {
      const { status } = check(await this.#gateways.send(gateway, request), request, [notModified])
      if (status !== notModified) return true
      if (attempt === 1) return false
      // An attempt whose answer was lost may be what the check has met.
      const current = (await this.get(table, row.key, { columns: [column] }))?.cells[0]
      return current?.timestamp === own.timestamp && current.value.equals(own.value)
    })
  }

  async deleteRows(table: string, keys: readonly Buffer[]): Promise<void> {
    await atATime(requestsAtATime, keys, async key => {
      const path = `/${this.#nameOf(table)}/${encodeKey(key)}?e=b64`
      await this.#ask({ method: 'DELETE', path }, [notFound])
    })
  }

  async close(): Promise<void> {
    this.#gateways.close()
  }

  #ask(request: GatewayRequest, expected: readonly number[] = []): Promise<GatewayAnswer> {
    return this.#gateways.patiently(async gateway =>
      check(await this.#gateways.send(gateway, request), request, expected),
    )
  }

  #nameOf(table: string): string {
    const { namespace, tablePrefix } = this.#options
    const name = `${tablePrefix}${table}`
    return namespace === 'default' ? name : `${namespace}:${name}`
  }
}

/** @throws Error for an answer that is neither a success nor expected */
function check(
  answer: GatewayAnswer,
  request: GatewayRequest,
  expected: readonly number[],
): GatewayAnswer {
  const { status } = answer
  if ((status >= 200 && status < 300) || expected.includes(status)) return answer
  throw unexpected(request, answer)
}

/**
 * @returns null when there is no such table
 * @throws GatewayAway also for a table without families, which HBase does not know: a gateway tells of one while it starts
 */
async function schemaOf(table: HbaseTable): Promise<TableSchema | null> {
  const schema = await asked<Partial<TableSchema> | null>(done => table.schema(done))
  if (schema === null) return null
  const { ColumnSchema = [] } = schema
  if (ColumnSchema.length === 0) throw new GatewayAway('it tells of a table without its families')
  return { ColumnSchema }
}

/** Calls the hbase package; a missing table is null, and a gateway that is away is one. */
function asked<T>(
  ask: (done: (error: (Error & { code?: number | string }) | null, value: T) => void) => void,
): Promise<T | null> {
  return new Promise((resolve, reject) => {
    ask((error, value) => {
      if (error === null) resolve(value)
      else if (error.code === notFound) resolve(null)
      else if (typeof error.code === 'number' && error.code < 500) reject(error)
      else reject(new GatewayAway(error.message))
    })
  })
}

function columnSchema([name, { versionsMax, ttlMsMax }]: [string, FamilySettings]) {
  const ttl = ttlMsMax === undefined ? {} : { TTL: String(Math.ceil(ttlMsMax / 1000)) }
  return { name, VERSIONS: String(versionsMax), ...ttl }
}

function* chunksOf(rows: readonly Row[]): Generator<readonly Row[]> {
  let chunk: Row[] = []
  let bytes = 0
  for (const row of rows) {
    const size = row.cells.reduce((sum, { value }) => sum + value.length + 64, row.key.length)
    if (chunk.length > 0 && (bytes + size > putBytesMax || chunk.length >= putRowsMax)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(row)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

async function atATime<T>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  const lane = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, lane))
}
