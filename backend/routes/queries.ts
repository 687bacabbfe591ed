import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { arrowStreamType, JsonResult, QueryRequest, QueryState } from '../contract/query.ts'
import { jsonOf } from '../query/arrow-json.ts'
import type { Queries } from '../query/queries.ts'
import type { QueryResult } from '../query/query-engine.ts'

const ById = Type.Object({ id: Type.String() })

/** Statements: run, watched and cancelled. */
export function queryRoutes(queries: Queries): FastifyPluginAsyncTypebox {
  return async app => {
    app.post(
      '/api/query',
      {
        schema: {
          summary: 'Runs one statement that reads',
          description: `Answers an Arrow IPC stream, or JSON for \`Accept: application/json\`. When a statement fails after
            its first rows the answer breaks off, and \`GET /api/queries/:id\` says why; \`x-millrace-query-id\` has the id.`,
          body: QueryRequest,
          response: { 200: { content: { 'application/json': { schema: JsonResult } } } },
          tags: ['query'],
        },
      },
      async (request, reply) => {
        const { id, result } = await queries.run(request.body, closedSignal(reply))
        reply.header('x-millrace-query-id', id).header('cache-control', 'no-store')
        return wantsJson(request) ? sendJson(reply, result) : sendArrow(reply, result)
      },
    )
    app.get(
      '/api/queries/:id',
      {
        schema: {
          summary: 'How far a statement has come',
          params: ById,
          response: { 200: QueryState },
          tags: ['query'],
        },
      },
      async request => queries.state(request.params.id),
    )
    app.delete(
      '/api/queries/:id',
      {
        schema: {
          summary: 'Cancels a statement; answers when the engine has ended it',
          params: ById,
          response: { 200: QueryState },
          tags: ['query'],
        },
      },
      async request => queries.cancel(request.params.id),
    )
  }
}

function wantsJson(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? ''
  return accept.includes('application/json') && !accept.includes(arrowStreamType)
}

async function sendArrow(reply: FastifyReply, result: QueryResult): Promise<FastifyReply> {
  return reply.type(arrowStreamType).send(Readable.from(result.messages, { objectMode: false }))
}

async function sendJson(reply: FastifyReply, result: QueryResult): Promise<FastifyReply> {
  const text = Readable.from(jsonOf(result.messages), { objectMode: false })
  return reply
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => payload as string)
    .send(text)
}

/** Aborts when the other end hangs up before it has the whole answer. */
function closedSignal(reply: FastifyReply): AbortSignal {
  const abort = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort()
  })
  return abort.signal
}
