import type { QueryRequest, QueryState } from '../../backend/contract/query.ts'
import { arrowStreamType } from '../../backend/contract/query.ts'
import { Wrong } from './wrong.ts'

/** The answer did not come: the server is away, stopped, or asks to be asked again. */
export class Unanswered extends Error {}

const answerMsMax = 60_000

/** @throws Unanswered when the same request may succeed later, Wrong when it is refused for good */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const signal = init.signal ?? AbortSignal.timeout(answerMsMax)
  const response = await fetch(url, { ...init, signal }).catch(error => {
    throw new Unanswered(`${url} does not answer`, { cause: error })
  })
  if (response.ok) return response
  const text = await bodyOf(response.text())
  if (text.includes('"retryable":true') || response.status === 404) throw new Unanswered(text)
  throw new Wrong(`${init.body ?? url} was answered ${response.status}: ${text}`)
}

/** The rows of a statement, every value as text. */
export async function rowsOf(url: string, query: QueryRequest): Promise<(string | null)[][]> {
  const response = await post(url, query, 'application/json')
  const { rows } = (await bodyOf(response.json())) as { rows: unknown[][] }
  return rows.map(row => row.map(value => (value === null ? null : String(value))))
}

/** A result as the page gets it. */
export async function arrowOf(url: string, query: QueryRequest): Promise<Uint8Array> {
  const response = await post(url, query, arrowStreamType)
  return new Uint8Array(await bodyOf(response.arrayBuffer()))
}

/** Partition → next offset of `events`, as a statement that has ended saw them. */
export async function seenBy(url: string, id: string): Promise<ReadonlyMap<number, number>> {
  const response = await request(`${url}/api/queries/${id}`)
  const { state, streams } = (await bodyOf(response.json())) as QueryState
  // An answer that breaks off can look whole: only the state tells.
  if (state !== 'done') throw new Unanswered(`the statement ${id} is ${state}`)
  const events = streams.find(({ stream }) => stream === 'events')
  if (events === undefined) throw new Wrong(`The statement ${id} does not say what it saw.`)
  return new Map(events.partitions.map(({ partition, nextOffset }) => [partition, nextOffset]))
}

function post(url: string, query: QueryRequest, accept: string): Promise<Response> {
  return request(`${url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(query),
  })
}

/** A body that ends before its time is an answer that did not come. */
export async function bodyOf<T>(body: Promise<T>): Promise<T> {
  try {
    return await body
  } catch (error) {
    throw new Unanswered('the answer broke off', { cause: error })
  }
}
