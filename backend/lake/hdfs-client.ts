import {
  type Agent,
  Agent as HttpAgent,
  request as httpRequest,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import webhdfs from 'webhdfs'
import { messageOf } from '../base/failure.ts'

/** How a NameNode, or a gateway before it, is reached and signed in to. */
export interface HdfsConnection {
  /** `http(s)://host:port`, or with a path such as Knox's `/gateway/default`. Several NameNodes: the active one is found. */
  readonly urls: readonly URL[]
  /** The user that simple authentication believes. */
  readonly user?: string | undefined
  /** A delegation token of HDFS. */
  readonly delegationToken?: string | undefined
  /** The `Authorization` header for a gateway, such as `Basic …` or `Bearer …`. */
  readonly authorization?: string | undefined
  /** Certificates to trust besides the usual ones, in PEM. */
  readonly ca?: string | undefined
}

/** HDFS refused: `exception` is the name of its Java class, such as `FileNotFoundException`. */
export class HdfsRefusal extends Error {
  readonly status: number
  readonly exception: string | undefined

  constructor(status: number, exception: string | undefined, message: string) {
    super(message)
    this.status = status
    this.exception = exception
  }
}

/** HDFS could not be asked, or did not answer: whether it did what it was asked is unknown. */
export class HdfsAway extends Error {}

export interface HdfsStatus {
  readonly pathSuffix: string
  readonly type: 'FILE' | 'DIRECTORY'
  readonly length: number
  readonly modificationTime: number
}

interface Sent {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly url: URL
  readonly body?: Buffer | (() => Readable) | undefined
  readonly contentLength?: number | undefined
}

const timeoutMs = 30_000
const fileMode = '0755'

/**
 * WebHDFS. The webhdfs package makes folders and reads; what must know exactly what HDFS has answered (creating, renaming,
 * deleting) is asked here, because that package reports a refused rename as done.
 */
export class HdfsClient {
  readonly #connection: HdfsConnection
  readonly #agents: { http: Agent; https: HttpsAgent }
  #active = 0

  constructor(connection: HdfsConnection) {
    this.#connection = connection
    const ca = connection.ca === undefined ? {} : { ca: connection.ca }
    this.#agents = {
      http: new HttpAgent({ keepAlive: true, maxSockets: 32 }),
      https: new HttpsAgent({ keepAlive: true, maxSockets: 32, ...ca }),
    }
  }

  close(): void {
    this.#agents.http.destroy()
    this.#agents.https.destroy()
  }

  /** Creates a file that must be new, with its folders. */
  async create(
    path: string,
    body: Buffer | (() => Readable),
    contentLength: number,
  ): Promise<void> {
    const url = await this.#locate('PUT', path, { op: 'CREATE', overwrite: 'false' })
    await this.#send({ method: 'PUT', url, body, contentLength })
  }

  /** @returns false when there is something of that name, and `overwrite` is not allowed */
  async rename(from: string, to: string, options: { overwrite: boolean }): Promise<boolean> {
    const renameoptions = options.overwrite ? 'OVERWRITE' : 'NONE'
    try {
      await this.#ask('PUT', from, { op: 'RENAME', destination: to, renameoptions })
      return true
    } catch (error) {
      if (isRefusal(error, 'FileAlreadyExistsException')) return false
      throw error
    }
  }

  async delete(path: string): Promise<void> {
    await this.#ask('DELETE', path, { op: 'DELETE', recursive: 'false' })
  }

  /** @returns undefined when there is no such folder */
  async list(path: string): Promise<readonly HdfsStatus[] | undefined> {
    try {
      const answer = await this.#ask('GET', path, { op: 'LISTSTATUS' })
      const { FileStatuses } = JSON.parse(answer) as {
        FileStatuses: { FileStatus: HdfsStatus[] }
      }
      return FileStatuses.FileStatus
    } catch (error) {
      if (isRefusal(error, 'FileNotFoundException')) return undefined
      throw error
    }
  }

  /** @returns undefined when there is no such file */
  async readText(path: string): Promise<string | undefined> {
    try {
      const url = await this.#locate('GET', path, { op: 'OPEN' })
      return await this.#send({ method: 'GET', url })
    } catch (error) {
      if (isRefusal(error, 'FileNotFoundException')) return undefined
      throw error
    }
  }

  async makeFolder(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#package().mkdir(encodePath(path), fileMode, error => {
        if (error) reject(new HdfsAway(error.message))
        else resolve()
      })
    })
  }

  /** The bytes of a file, or of a part of it, as they come; the stream ends early or fails when HDFS goes away. */
  async read(
    path: string,
    target: NodeJS.WritableStream,
    range: { offset?: number; length?: number } = {},
  ): Promise<void> {
    const { delegationToken } = this.#connection
    const token = delegationToken === undefined ? {} : { delegation: delegationToken }
    const source = this.#package().createReadStream(encodePath(path), { ...range, ...token })
    source.on('response', ({ statusCode = 0 }) => {
      // The package hands the text of some errors on as if it were the file.
      if (statusCode >= 300)
        source.destroy(new HdfsRefusal(statusCode, undefined, `reading ${path}`))
    })
    try {
      await pipeline(source, target)
    } catch (error) {
      throw error instanceof HdfsRefusal ? error : new HdfsAway(messageOf(error))
    }
  }

  #package() {
    const { user, authorization, ca } = this.#connection
    const url = this.#url
    return webhdfs.createClient(
      {
        protocol: url.protocol.slice(0, -1),
        host: url.hostname,
        port: url.port || (url.protocol === 'https:' ? '443' : '80'),
        path: `${prefixOf(url)}`,
        ...(user === undefined ? {} : { user }),
      },
      {
        timeout: timeoutMs,
        ...(ca === undefined ? {} : { ca }),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      },
    )
  }

  /** Asks the NameNode which DataNode takes or gives the bytes. */
  async #locate(
    method: 'GET' | 'PUT',
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<URL> {
    const answer = await this.#ask(method, path, { ...query, noredirect: 'true' })
    return new URL((JSON.parse(answer) as { Location: string }).Location)
  }

  /** Asks the active NameNode; a standby one sends on to the next. */
  async #ask(
    method: Sent['method'],
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<string> {
    const problems: string[] = []
    for (;;) {
      const active = this.#active
      try {
        return await this.#send({ method, url: this.#urlOf(path, query) })
      } catch (error) {
        const isStandby = isRefusal(error, 'StandbyException')
        const isElsewhere = isStandby || error instanceof HdfsAway
        if (!isElsewhere) throw error
        problems.push(messageOf(error))
        // Another request may have gone on to the next one already.
        if (this.#active === active) this.#active++
        if (problems.length >= this.#connection.urls.length) throw new HdfsAway(problems.join('; '))
      }
    }
  }

  get #url(): URL {
    const { urls } = this.#connection
    const url = urls[this.#active % urls.length]
    if (url === undefined) throw new Error('HDFS has an address')
    return url
  }

  #urlOf(path: string, query: Readonly<Record<string, string>>): URL {
    const { user, delegationToken } = this.#connection
    const url = new URL(this.#url)
    url.pathname = `${prefixOf(url)}${encodePath(path)}`
    if (delegationToken !== undefined) url.searchParams.set('delegation', delegationToken)
    else if (user !== undefined) url.searchParams.set('user.name', user)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  #send({ method, url, body, contentLength = 0 }: Sent): Promise<string> {
    const isTls = url.protocol === 'https:'
    const { authorization } = this.#connection
    const options: RequestOptions = {
      method,
      agent: isTls ? this.#agents.https : this.#agents.http,
      timeout: timeoutMs,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': contentLength,
        ...(authorization === undefined ? {} : { authorization }),
      },
    }
    return new Promise((resolve, reject) => {
      const away = (error: Error): void => reject(new HdfsAway(`${url.host}: ${error.message}`))
      const sent = (isTls ? httpsRequest : httpRequest)(url, options, answer => {
        const parts: Buffer[] = []
        answer.on('data', part => parts.push(part))
        answer.on('error', away)
        answer.on('aborted', () => away(new Error('the answer was cut off')))
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString()
          const { statusCode = 0 } = answer
          if (statusCode >= 200 && statusCode < 300) resolve(text)
          else reject(refusalOf(statusCode, text))
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer for ${timeoutMs / 1000} s`)))
      sent.on('error', away)
      if (typeof body === 'function') pipeline(body(), sent).catch(away)
      else sent.end(body)
    })
  }
}

export function isRefusal(error: unknown, exception: string): boolean {
  return error instanceof HdfsRefusal && error.exception === exception
}

function refusalOf(status: number, text: string): Error {
  try {
    const { RemoteException } = JSON.parse(text) as {
      RemoteException: { exception: string; message: string }
    }
    const [firstLine = ''] = RemoteException.message.split('\n')
    return new HdfsRefusal(status, RemoteException.exception, firstLine)
  } catch {
    const isGateway = status >= 502 && status <= 504
    const message = `HTTP ${status}: ${text.slice(0, 200)}`
    return isGateway ? new HdfsAway(message) : new HdfsRefusal(status, undefined, message)
  }
}

function prefixOf(url: URL): string {
  return `${url.pathname.replace(/\/$/, '')}/webhdfs/v1`
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}
