import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { arrowStreamType } from '../backend/contract/query.ts'
import { LaunchedMillrace } from './launched-millrace.ts'

type Settings = Readonly<Record<string, string>>

/** The built program in a process of its own, on a port of its own, that answers. */
export class StartedMillrace {
  readonly url: string
  readonly #launched: LaunchedMillrace

  static async start(settings: Settings): Promise<StartedMillrace> {
    const launched = new LaunchedMillrace(settings, 'beside')
    return new StartedMillrace(await launched.serving(), launched)
  }

  private constructor(url: string, launched: LaunchedMillrace) {
    this.url = url
    this.#launched = launched
  }

  get pid(): number {
    return this.#launched.pid
  }

  end(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    return this.#launched.end(how)
  }

  /** Rows of the answer to a statement, in lists of values. */
  async rows(sql: string): Promise<unknown[][]> {
    const response = await this.#ask(sql, 'application/json')
    return ((await response.json()) as { rows: unknown[][] }).rows
  }

  /** The answer to a statement as an Arrow IPC stream. */
  async arrow(sql: string): Promise<Uint8Array> {
    const response = await this.#ask(sql, arrowStreamType)
    return new Uint8Array(await response.arrayBuffer())
  }

  /** Reads the same answer and keeps nothing of it: what a client does with it is not Millrace's. */
  async drainArrow(sql: string): Promise<void> {
    const asked = request(`${this.url}/api/query`, {
      method: 'POST',
      headers: headersFor(arrowStreamType),
    })
    asked.end(JSON.stringify({ sql }))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(await text(response))
    response.resume()
    await once(response, 'end')
  }

  /** Appends events to `events`; resolves when they are durable. */
  async append(events: readonly object[]): Promise<void> {
    await answered(
      fetch(`${this.url}/api/streams/events/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: events.map(event => JSON.stringify(event)).join('\n'),
      }),
    )
  }

  /** A WebSocket as a page has it, once it is open. */
  openLive(): Promise<WebSocket> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/api/live`, { origin: this.url })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    })
  }

  #ask(sql: string, accept: string): Promise<Response> {
    return answered(
      fetch(`${this.url}/api/query`, {
        method: 'POST',
        headers: headersFor(accept),
        body: JSON.stringify({ sql }),
      }),
    )
  }
}

/** Has a Millrace for some work, and ends it afterwards. */
export async function withMillrace(
  settings: Settings,
  work: (millrace: StartedMillrace) => Promise<void>,
): Promise<void> {
  const millrace = await StartedMillrace.start(settings)
  try {
    await work(millrace)
  } finally {
    await millrace.end()
  }
}

/** Has a folder for some work, and removes it afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

let textCount = 0

/** The same statement as another text, whose answer is not remembered. */
export function asNewText(sql: string): string {
  return `${sql} -- ${++textCount}`
}

function headersFor(accept: string): Record<string, string> {
  return { 'content-type': 'application/json', accept }
}

async function answered(asked: Promise<Response>): Promise<Response> {
  const response = await asked
  if (!response.ok) throw new Error(await response.text())
  return response
}
