/** The part of the webhdfs package that is used here. */
declare module 'webhdfs' {
  import type { IncomingMessage } from 'node:http'
  import type { Readable } from 'node:stream'

  interface WebHdfsPackage {
    mkdir(path: string, mode: string, callback: (error: Error | null) => void): void
    createReadStream(
      path: string,
      options?: Readonly<Record<string, string | number>>,
    ): Readable & {
      on(event: 'response', listener: (response: IncomingMessage) => void): void
      abort(): void
    }
  }

  const webhdfs: {
    createClient(
      options: { protocol: string; host: string; port: string; path: string; user?: string },
      requestOptions: Readonly<Record<string, unknown>>,
    ): WebHdfsPackage
  }
  export default webhdfs
}
