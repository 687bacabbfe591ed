import { AnswerPace } from './answer-pace.ts'
import { GatewayAway, type HbaseGateways, unexpected } from './hbase-gateways.ts'
import { multiget } from './hbase-gets.ts'
import { decodeRows, encodeKey, encodeScanner, protobufType } from './hbase-messages.ts'
import type { Cell, Row, ScanOptions } from './live-store.ts'

const firstCells = 100
const cellsMax = 20_000
const noContent = 204

/**
 * Rows of a table in the order of their keys. The gateway cuts its answers after a number of cells, wherever a row is by
 * then; rows are put together here. A scanner that is lost is opened again behind the last whole row. When HBase fails a
 * scanner, the gateway answers as at its end: so an end counts when HBase serves, and another scanner finds it there too.
 */
export async function* scanRows(
  gateways: HbaseGateways,
  table: string,
  options: ScanOptions,
): AsyncGenerator<readonly Row[]> {
  const joiner = new RowJoiner()
  const pace = new AnswerPace({ first: firstCells, max: cellsMax })
  let scanner: Scanner | undefined
  let isEndSeen = false
  let start = options.start
  let rowsLeft = options.rowsMax ?? Number.POSITIVE_INFINITY
  try {
    // HBase takes a range from a key up to the same key for a read of that key.
    while (rowsLeft > 0 && !(start && options.end && start.compare(options.end) >= 0)) {
      options.signal?.throwIfAborted()
      const rows = await gateways.patiently(async gateway => {
        try {
          if (isEndSeen) await checkServes(gateways, gateway, { table, start, end: options.end })
          scanner ??= await Scanner.open(gateways, gateway, {
            table,
            body: encodeScanner(options, start),
          })
          return await scanner.next(pace)
        } catch (error) {
          if (error instanceof GatewayAway) {
            scanner = undefined
            joiner.forget()
          }
          throw error
        }
      })
      const whole = rows === undefined ? joiner.end() : joiner.add(rows)
      const wanted = whole.slice(0, rowsLeft)
      rowsLeft -= wanted.length
      const last = wanted.at(-1)
      if (last !== undefined) start = Buffer.concat([last.key, Buffer.alloc(1)])
      if (wanted.length > 0) yield wanted
      if (rows === undefined && isEndSeen) return
      isEndSeen = rows === undefined
      if (isEndSeen) {
        await scanner?.close()
        scanner = undefined
      }
    }
  } finally {
    await scanner?.close()
  }
}

/**
 * Reads two rows, at the beginning of a range and behind its end, whether they are there or not.
 * @throws GatewayAway when HBase does not serve them: of several rows the gateway says so
 */
async function checkServes(
  gateways: HbaseGateways,
  gateway: URL,
  range: { table: string; start: Buffer | undefined; end: Buffer | undefined },
): Promise<void> {
  const { table, start = Buffer.alloc(1), end = Buffer.alloc(1, 0xff) } = range
  const rows = [start, end].map(key => `row=${encodeKey(key)}`)
  await multiget(gateways, gateway, { table, rows, versionsMax: 1 })
}

class Scanner {
  readonly #gateways: HbaseGateways
  readonly #gateway: URL
  readonly #path: string

  private constructor(gateways: HbaseGateways, gateway: URL, path: string) {
    this.#gateways = gateways
    this.#gateway = gateway
    this.#path = path
  }

  static async open(
    gateways: HbaseGateways,
    gateway: URL,
    { table, body }: { table: string; body: Buffer },
  ): Promise<Scanner> {
    const path = `/${table}/scanner`
    const request = { method: 'PUT', path, body, contentType: protobufType } as const
    const answer = await gateways.send(gateway, request)
    if (answer.location === undefined) throw unexpected(request, answer)
    // Behind a proxy the gateway names itself by an address that is not ours: its id alone counts.
    const id = answer.location.slice(answer.location.lastIndexOf('/') + 1)
    return new Scanner(gateways, gateway, `${path}/${id}`)
  }

  /** @returns undefined when there are no more */
  async next(pace: AnswerPace): Promise<Row[] | undefined> {
    const path = `${this.#path}?c=${pace.count}`
    const request = { method: 'GET', path, accept: protobufType } as const
    const answer = await this.#gateways.send(this.#gateway, request)
    if (answer.status === noContent) return undefined
    // 404 and 410: the scanner has expired, or went with its gateway.
    if (answer.status !== 200) throw new GatewayAway(unexpected(request, answer).message)
    const rows = decodeRows(answer.body)
    pace.learn(
      answer.body.length,
      rows.reduce((sum, { cells }) => sum + cells.length, 0),
    )
    return rows
  }

  async close(): Promise<void> {
    await this.#gateways.send(this.#gateway, { method: 'DELETE', path: this.#path }).catch(() => {})
  }
}

/** Puts rows together that were cut between two answers. */
class RowJoiner {
  #open: { key: Buffer; cells: Cell[] } | undefined

  /** Answers the rows that are whole. */
  add(rows: readonly Row[]): Row[] {
    const whole: Row[] = []
    for (const { key, cells } of rows) {
      if (this.#open?.key.equals(key)) {
        this.#open.cells.push(...cells)
        continue
      }
      whole.push(...this.end())
      this.#open = { key, cells: [...cells] }
    }
    return whole
  }

  end(): Row[] {
    const rows = this.#open === undefined ? [] : [this.#open]
    this.#open = undefined
    return rows
  }

  forget(): void {
    this.#open = undefined
  }
}
