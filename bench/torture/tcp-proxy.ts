import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** `cut` ends every connection; `half-open` keeps them and lets nothing through; `slow` delays every part. */
export type ProxyManner = 'passes' | 'cut' | 'slow' | 'half-open'

const slowMs = 150

/** A wire to a server of the cluster, which can be as bad as wires are. */
export class TcpProxy {
  /** `host:port` of this end. */
  readonly address: string
  readonly #server: Server
  readonly #target: string
  readonly #sockets = new Set<Socket>()
  #manner: ProxyManner = 'passes'
  #onChange = new Set<() => void>()

  private constructor(server: Server, target: string) {
    this.#server = server
    this.#target = target
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('connection', socket => this.#join(socket))
  }

  /** @param target `host:port` of the server */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, target)
  }

  behave(manner: ProxyManner): void {
    this.#manner = manner
    if (manner === 'cut') for (const socket of this.#sockets) socket.destroy()
    for (const tell of this.#onChange) tell()
    this.#onChange = new Set()
  }

  close(): void {
    this.behave('cut')
    this.#server.close()
  }

  #join(near: Socket): void {
    if (this.#manner === 'cut') {
      near.destroy()
      return
    }
    const [host, port] = this.#target.split(':')
    const far = connect(Number(port), host)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
      one.pipe(this.#wire()).pipe(other)
    }
  }

  #wire(): Transform {
    return new Transform({
      transform: (part, _, done) => {
        void this.#letThrough().then(() => done(null, part))
      },
    })
  }

  async #letThrough(): Promise<void> {
    if (this.#manner === 'slow') await sleep(slowMs)
    while (this.#manner === 'half-open') {
      await new Promise<void>(resolve => this.#onChange.add(resolve))
    }
  }
}
