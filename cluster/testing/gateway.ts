import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Certificate, tlsOptions } from './certificate.ts'

/** Stands before a server as a company's gateway does. */
export interface Gateway {
  readonly url: string
  readonly port: number
  /** Requests that were let through. */
  readonly passed: number
  close(): void
}

export interface GatewayOptions {
  readonly certificate: Certificate
  /** The `Authorization` header that is asked for. */
  readonly authorization: string
}

const pathPrefix = '/gateway/default'
const dataPath = '/data/'

/**
 * A gateway by HTTPS before WebHDFS or HBase REST, as Knox is one: below a path, with a header that it asks for, and
 * addresses in answers, also those of DataNodes, become its own.
 */
export async function startHttpGateway(
  target: string,
  { certificate, authorization }: GatewayOptions,
): Promise<Gateway> {
  let passed = 0
  const server = https.createServer(await tlsOptions(certificate), (request, response) => {
    if (request.headers.authorization !== authorization) {
      response.writeHead(401).end('sign in')
      return
    }
    passed++
    forward(request, response, { target, self: `https://localhost:${port}${pathPrefix}` })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://localhost:${port}${pathPrefix}`,
    port,
    get passed() {
      return passed
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { target, self }: { readonly target: string; readonly self: string },
): void {
  const { method, headers, url = '' } = request
  const path = url.slice(pathPrefix.length)
  const to = path.startsWith(dataPath)
    ? decodeURIComponent(path.slice(dataPath.length))
    : target + path
  const ours = (location: string): string => {
    const isBehind = location.startsWith(`${target}/`)
    return isBehind
      ? self + location.slice(target.length)
      : `${self}${dataPath}${encodeURIComponent(location)}`
  }
  const { authorization: _, host: __, ...passedOn } = headers
  const sent = http.request(to, { method, headers: passedOn }, async answer => {
    const { location, ...rest } = answer.headers
    const isJson = answer.headers['content-type']?.startsWith('application/json')
    if (!isJson) {
      const moved = location === undefined ? {} : { location: ours(location) }
      response.writeHead(answer.statusCode ?? 502, { ...rest, ...moved })
      answer.pipe(response)
      return
    }
    let text = ''
    for await (const part of answer) text += part
    const moved = text.replace(
      /("Location":\s*")([^"]+)"/,
      (_, name, url) => `${name}${ours(url)}"`,
    )
    delete rest['content-length']
    response.writeHead(answer.statusCode ?? 502, rest).end(moved)
  })
  sent.on('error', () => response.writeHead(502).end())
  request.pipe(sent)
}

/** A gateway by TLS before a gRPC server. */
export async function startGrpcGateway(
  target: string,
  { certificate, authorization }: GatewayOptions,
): Promise<Gateway> {
  let passed = 0
  const behind = http2.connect(`http://${target}`)
  const server = http2.createSecureServer(await tlsOptions(certificate))
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    if (headers.authorization !== authorization) {
      // Unauthenticated, as gRPC counts.
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' })
      stream.end()
      return
    }
    passed++
    const sent = behind.request(headers)
    sent.on('response', answer => stream.respond(answer, { waitForTrailers: true }))
    sent.on('trailers', trailers =>
      stream.once('wantTrailers', () => stream.sendTrailers(trailers)),
    )
    stream.on('close', () => sent.close())
    stream.pipe(sent).pipe(stream)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `localhost:${port}`,
    port,
    get passed() {
      return passed
    },
    close() {
      server.close()
      behind.destroy()
    },
  }
}
