import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import hbase, { type HbasePackage } from 'hbase'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'

/** How HBase's REST gateways are reached and signed in to. */
export interface HbaseConnection {
  /** `http(s)://host:port`, with a path where a proxy stands before it. */
  readonly gateways: readonly URL[]
  /** The user that simple authentication believes. */
  readonly user?: string | undefined
  /** The `Authorization` header. */
  readonly authorization?: string | undefined
  /** Certificates to trust besides the usual ones, in PEM. */
  readonly ca?: string | undefined
}

export interface GatewayRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below the gateway's address, encoded. */
  readonly path: string
  readonly body?: Buffer
  readonly contentType?: string
  readonly accept?: string
}

export interface GatewayAnswer {
  readonly status: number
  readonly body: Buffer
  readonly location: string | undefined
}

/** The gateway did not answer, or said that HBase does not: whether it did what it was asked is unknown. */
export class GatewayAway extends Error {}

const timeoutMs = 30_000
const attemptsMax = 6
const firstPauseMs = 100

/** Requests to whichever gateway answers. */
export class HbaseGateways {
  readonly #connection: HbaseConnection
  readonly #clock: Clock
  readonly #agents: { http: HttpAgent; https: HttpsAgent }
  #active = 0

  constructor(connection: HbaseConnection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
    const limits = { keepAlive: true, maxSockets: 16 }
    const ca = connection.ca === undefined ? {} : { ca: connection.ca }
    this.#agents = { http: new HttpAgent(limits), https: new HttpsAgent({ ...limits, ...ca }) }
  }

  close(): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  /**
   * Does something that may be done twice, and does it again on the next gateway while one is away.
   * @throws Failure `live-store-unavailable` when none answers for some seconds
   */
  async patiently<T>(work: (gateway: URL, attempt: number) => Promise<T>): Promise<T> {
    const { gateways } = this.#connection
    const problems = new Map<URL, GatewayAway>()
    for (let attempt = 1; ; attempt++) {
      const active = this.#active
      const gateway = gateways[active % gateways.length]
      if (gateway === undefined) throw new Error('HBase has a gateway')
      try {
        return await work(gateway, attempt)
      } catch (error) {
        if (!(error instanceof GatewayAway)) throw error
        // Another request may have gone on to the next one already.
        if (this.#active === active) this.#active++
        problems.set(gateway, error)
        if (attempt >= attemptsMax) throw unavailable([...problems.values()])
        const isWholeRound = attempt % gateways.length === 0
        if (isWholeRound) await this.#clock.sleep(firstPauseMs * 2 ** (attempt / gateways.length))
      }
    }
  }

  /**
   * @returns any answer below 500
   * @throws GatewayAway when none came, or HBase cannot serve now
   */
  send(gateway: URL, request: GatewayRequest): Promise<GatewayAnswer> {
    const { method, path, body, contentType, accept } = request
    const isTls = gateway.protocol === 'https:'
    const url = new URL(`${gateway.pathname.replace(/\/$/, '')}${this.#signed(path)}`, gateway)
    const { authorization } = this.#connection
    const headers = {
      'content-length': body?.length ?? 0,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(accept === undefined ? {} : { accept }),
      ...(authorization === undefined ? {} : { authorization }),
    }
    const agent = isTls ? this.#agents.https : this.#agents.http
    return new Promise((resolve, reject) => {
      const away = (error: Error): void => reject(new GatewayAway(`${url.host}: ${error.message}`))
      const options = { method, headers, agent, timeout: timeoutMs }
      const sent = (isTls ? httpsRequest : httpRequest)(url, options, answer => {
        const parts: Buffer[] = []
        answer.on('data', part => parts.push(part))
        answer.on('error', away)
        answer.on('end', () => {
          const { statusCode: status = 0 } = answer
          const received = Buffer.concat(parts)
          if (status >= 500) away(new Error(`HTTP ${status} ${received.toString().slice(0, 300)}`))
          else resolve({ status, body: received, location: answer.headers.location })
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer for ${timeoutMs / 1000} s`)))
      sent.on('error', away)
      sent.end(body)
    })
  }

  /** The hbase package, which knows the schemas; it must be told to look at certificates. */
  package(gateway: URL): HbasePackage {
    const { authorization, ca } = this.#connection
    const isTls = gateway.protocol === 'https:'
    const client = hbase({
      protocol: gateway.protocol.slice(0, -1),
      host: gateway.hostname,
      port: Number(gateway.port) || (isTls ? 443 : 80),
      path: gateway.pathname,
      timeout: timeoutMs,
      headers: authorization === undefined ? {} : { authorization },
    })
    client.connection.options.rejectUnauthorized = true
    if (ca !== undefined) client.connection.options.ca = ca
    return client
  }

  #signed(path: string): string {
    const { user } = this.#connection
    if (user === undefined) return path
    return `${path}${path.includes('?') ? '&' : '?'}user.name=${encodeURIComponent(user)}`
  }
}

export function unexpected(
  { method, path }: GatewayRequest,
  { status, body }: GatewayAnswer,
): Error {
  const told = body.toString().slice(0, 300)
  return new Error(`HBase answered ${method} ${path} with ${status}: ${told}`)
}

function unavailable(problems: readonly GatewayAway[]): Failure {
  const messages = problems.map(({ message }) => message).join('; ')
  return new Failure('live-store-unavailable', `HBase does not answer: ${messages}`, {
    hint: 'Millrace goes on by itself when HBase is back.',
    cause: problems.at(-1),
  })
}
