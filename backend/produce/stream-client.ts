import { Failure } from '../base/failure.ts'
import { MillraceApi } from '../base/millrace-api.ts'
import type { Catalog, CatalogColumn } from '../contract/catalog.ts'
import type { AppendAnswer } from '../contract/ingest.ts'

const retryMsMax = 30_000

/** A running Millrace, as a producer sees it. */
export class StreamClient {
  readonly #api: MillraceApi

  constructor(url: string) {
    this.#api = new MillraceApi(url)
  }

  /** @throws Failure `unknown-stream`, or `log-unavailable` when no Millrace answers */
  async columnsOf(stream: string): Promise<readonly CatalogColumn[]> {
    const { tables } = (await this.#api.request('/api/catalog')) as Catalog
    const streams = tables.filter(({ kind }) => kind === 'stream')
    const found = streams.find(({ name }) => name === stream)
    if (found) return found.columns
    throw new Failure('unknown-stream', `There is no stream "${stream}".`, {
      hint: `There are: ${streams.map(({ name }) => name).join(', ')}.`,
    })
  }

  /** Appends values, again and again while the server is away or its disk is full. */
  async append(
    stream: string,
    values: readonly string[],
    producer: { readonly id: string; readonly sequence: number },
    signal: AbortSignal,
  ): Promise<AppendAnswer> {
    for (let retryMs = 250; ; retryMs = Math.min(retryMs * 2, retryMsMax)) {
      try {
        return (await this.#api.request(`/api/streams/${stream}/events?invalid=dead-letter`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-ndjson',
            'producer-id': producer.id,
            'producer-sequence': String(producer.sequence),
          },
          body: `${values.join('\n')}\n`,
          signal,
        })) as AppendAnswer
      } catch (error) {
        if (signal.aborted || !(error instanceof Failure) || !error.retryable) throw error
        await new Promise(resolve => setTimeout(resolve, retryMs))
      }
    }
  }
}
