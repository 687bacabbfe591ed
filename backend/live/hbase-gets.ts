import { AnswerPace } from './answer-pace.ts'
import { type GatewayAnswer, type HbaseGateways, unexpected } from './hbase-gateways.ts'
import { columnsAsked, decodeRows, encodeKey, protobufType } from './hbase-messages.ts'
import type { ReadFilter, Row } from './live-store.ts'

const requestsAtATime = 4
const firstRows = 4
const rowsMax = 1_000
/** Of the rows that one request names: proxies take 8,192 bytes for the whole head, the gateway itself more. */
const addressCharactersMax = 4_096
const notFound = 404

/** Those of the rows that are there, in the order of `keys`, as the answers come; further ones are on their way meanwhile. */
export async function* getRows(
  gateways: HbaseGateways,
  table: string,
  keys: readonly Buffer[],
  filter: ReadFilter,
): AsyncGenerator<readonly Row[]> {
  const { columns = [], timestamps, versionsMax = 1 } = filter
  const cells = columnsAsked(columns).map(encodeKey).join(',')
  const times = timestamps === undefined ? '' : `/${timestamps.from},${timestamps.to}`
  const named = keys.map(key => `row=${encodeKey(key)}/${cells}${times}`)
  const pace = new AnswerPace({ first: firstRows, max: rowsMax })
  const ask = async (rows: readonly string[]): Promise<readonly Row[]> => {
    const request = { table, rows, versionsMax }
    const { status, body } = await gateways.patiently(each => multiget(gateways, each, request))
    const found = status === notFound ? [] : decodeRows(body)
    pace.learn(body.length, found.length)
    return found
  }
  const asked: Promise<readonly Row[]>[] = []
  for (let at = 0; at < named.length || asked.length > 0; ) {
    while (at < named.length && asked.length < requestsAtATime) {
      const rows = inOneRequest(named, at, pace.count)
      const answer = ask(rows)
      // Whoever waits for it is told of its failure; it may come before.
      answer.catch(() => {})
      asked.push(answer)
      at += rows.length
    }
    const rows = (await asked.shift()) ?? []
    if (rows.length > 0) yield rows
  }
}

/**
 * Asks for rows in one request, of which those that are not there are left out. Asked for by itself, a row that HBase
 * fails to read is told as missing; in this way the gateway tells the failure.
 * @param rows `row=` and the key, perhaps with columns and timestamps, encoded
 * @returns 200, or 404 when none of them is there
 * @throws GatewayAway when HBase does not serve one of them
 */
export async function multiget(
  gateways: HbaseGateways,
  gateway: URL,
  { table, rows, versionsMax }: { table: string; rows: readonly string[]; versionsMax: number },
): Promise<GatewayAnswer> {
  const path = `/${table}/multiget?${rows.join('&')}&e=b64&v=${versionsMax}`
  const request = { method: 'GET', path, accept: protobufType } as const
  const answer = await gateways.send(gateway, request)
  if (answer.status !== 200 && answer.status !== notFound) throw unexpected(request, answer)
  return answer
}

/** At least one of the rows from `at` on, at most `count`, and no more than an address has room for. */
function inOneRequest(named: readonly string[], at: number, count: number): readonly string[] {
  let characters = 0
  let end = at
  while (end < named.length && end < at + count) {
    characters += named[end]?.length ?? 0
    if (end > at && characters > addressCharactersMax) break
    end++
  }
  return named.slice(at, end)
}
