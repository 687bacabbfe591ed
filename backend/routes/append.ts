import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Failure, messageOf } from '../base/failure.ts'
import { AppendAnswer } from '../contract/ingest.ts'
import { AppendTally } from '../events/append-tally.ts'
import type { CheckedValue, EventCheck } from '../events/event-check.ts'
import type { AppendOptions, AppendRecord, EventLog } from '../events/event-log.ts'
import { type BodyValue, splitElements, splitLines, valueBytesMax } from '../events/split-values.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'

export interface AppendParts {
  readonly eventLog: EventLog
  readonly definitions: readonly StreamDefinition[]
  readonly check: EventCheck
}

const Query = Type.Object({
  invalid: Type.Optional(
    Type.Enum(['reject', 'dead-letter'], {
      description:
        'What becomes of values that do not fit: refused here, or appended to become dead letters',
    }),
  ),
})
const Headers = Type.Object({
  'producer-id': Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  'producer-sequence': Type.Optional(Type.Integer({ minimum: 1 })),
})

const appendCountMax = 5_000
const appendBytesMax = 4 * 2 ** 20
/** A numbered append is one write, so all of it is held in memory. */
const numberedBytesMax = 16 * 2 ** 20

/** Events in, over HTTP. */
export function appendRoutes(parts: AppendParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    app.post(
      '/api/streams/:stream/events',
      {
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          summary: 'Appends events',
          description: `The body is NDJSON or a JSON array, of any length, gzip if its \`content-encoding\` says so. Good
            events are kept and bad ones told, each with its line. An append with \`producer-id\` and \`producer-sequence\`
            (from 1 upwards, one after the other, 16 MB at most) can be repeated without being there twice.`,
          params: Type.Object({ stream: Type.String() }),
          querystring: Query,
          headers: Headers,
          response: { 200: AppendAnswer },
          tags: ['streams'],
        },
      },
      async request => {
        const definition = parts.definitions.find(({ stream }) => stream === request.params.stream)
        if (!definition) throw unknownStream(request.params.stream, parts.definitions)
        const producer = producerOf(request.headers)
        const keepsInvalid = request.query.invalid === 'dead-letter'
        return append(chunksOf(request, producer !== undefined), definition, parts, {
          producer,
          keepsInvalid,
        })
      },
    )
  }
}

interface Manner {
  readonly producer: AppendOptions['producer']
  readonly keepsInvalid: boolean
}

async function append(
  chunks: AsyncIterable<BodyValue[]>,
  definition: StreamDefinition,
  { eventLog, check }: AppendParts,
  { producer, keepsInvalid }: Manner,
): Promise<AppendAnswer> {
  const tally = new AppendTally()
  try {
    for await (const values of chunks) {
      const present = values.flatMap(({ value }) => (value ? [value] : []))
      const checked = (await check.check(definition, present)).values()
      const records: AppendRecord[] = []
      let rows = 0
      for (const { line, value } of values) {
        const outcome: CheckedValue = value ? (checked.next().value as CheckedValue) : tooLong
        if (outcome.isRow) rows++
        else tally.reject({ line, ...outcome })
        if (!value || (!outcome.isRow && !keepsInvalid)) continue
        records.push({ key: outcome.isRow ? outcome.key : undefined, value })
      }
      if (records.length > 0) {
        tally.accept(rows, await eventLog.append(definition.stream, records, { producer }))
      }
    }
  } catch (error) {
    throw tally.failure(bodyFailure(error))
  }
  return tally.answer()
}

const tooLong: CheckedValue = {
  isRow: false,
  reason: 'too-long',
  detail: `an event can have ${valueBytesMax} bytes at most`,
}

/** The values of the body, in portions that are appended together. */
async function* chunksOf(request: FastifyRequest, isOne: boolean): AsyncGenerator<BodyValue[]> {
  let portion: BodyValue[] = []
  let bytes = 0
  for await (const values of valuesOf(request)) {
    for (const each of values) {
      portion.push(each)
      bytes += each.value?.length ?? 0
      if (isOne && bytes > numberedBytesMax) {
        throw new Failure('payload-too-large', 'A numbered append can have 16 MB at most.')
      }
      if (isOne || (portion.length < appendCountMax && bytes < appendBytesMax)) continue
      yield portion
      portion = []
      bytes = 0
    }
  }
  if (portion.length > 0) yield portion
}

function valuesOf(request: FastifyRequest): AsyncIterable<BodyValue[]> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  const body = unpack(request.body as Readable, request.headers['content-encoding'])
  if (type === 'application/json') return splitElements(body)
  if (['application/x-ndjson', 'application/jsonl', 'text/plain'].includes(type)) {
    return splitLines(body)
  }
  throw new Failure('bad-request', `Events of the type "${type}" are not understood.`, {
    hint: 'Send application/x-ndjson with one JSON object a line, or application/json with an array.',
  })
}

function unpack(body: Readable, encoding: string | undefined): AsyncIterable<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip') {
    throw new Failure(
      'bad-request',
      `The content encoding "${encoding}" is not understood: use gzip.`,
    )
  }
  const unpacked = createGunzip()
  body.on('error', error => unpacked.destroy(error))
  return body.pipe(unpacked)
}

/** What goes wrong with a body on its way is its sender's to know. */
function bodyFailure(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code.startsWith('Z_')) {
    return new Failure('bad-request', `The gzip body is damaged or cut off: ${messageOf(error)}.`, {
      cause: error,
    })
  }
  if (code !== 'ECONNRESET') return error
  return new Failure('bad-request', 'The request ended before its body did.', { cause: error })
}

function producerOf(headers: {
  readonly 'producer-id'?: string
  readonly 'producer-sequence'?: number
}): AppendOptions['producer'] {
  const { 'producer-id': id, 'producer-sequence': sequence } = headers
  if (id === undefined && sequence === undefined) return undefined
  if (id !== undefined && sequence !== undefined) return { id, sequence }
  throw new Failure('bad-request', 'producer-id and producer-sequence come together or not at all.')
}

function unknownStream(name: string, definitions: readonly StreamDefinition[]): Failure {
  const known = definitions.map(({ stream }) => stream).join(', ')
  return new Failure('unknown-stream', `There is no stream "${name}".`, {
    hint: `There are: ${known}. See docs/streams.md for how to define one.`,
  })
}
