import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { SetAsideAnswer, Verification } from '../contract/verification.ts'
import type { Verifier } from '../verify/verifier.ts'

const ByStream = Type.Object({ stream: Type.String() })
const url = '/api/streams/:stream/verification'
const tags = ['streams']

/** Checks of streams: whether log, lake and tail hold each offset once, as it was written. */
export function verificationRoutes(verifier: Verifier): FastifyPluginAsyncTypebox {
  return async app => {
    const schema = { params: ByStream, response: { 200: Verification }, tags }
    app.get(
      url,
      { schema: { ...schema, summary: 'How far the check of a stream is, and the last report' } },
      async request => verifier.state(request.params.stream),
    )
    app.post(
      url,
      { schema: { ...schema, summary: 'Begins to check a stream, unless it is being checked' } },
      async request => verifier.start(request.params.stream),
    )
    app.delete(
      url,
      {
        schema: { ...schema, summary: 'Cancels the check of a stream; answers when it has ended' },
      },
      async request => verifier.cancel(request.params.stream),
    )
    app.post(
      '/api/lake/set-aside',
      {
        schema: {
          summary: 'Takes a file that a check found damaged or missing out of its table',
          body: Type.Object({ file: Type.String() }),
          response: { 200: SetAsideAnswer },
          tags: ['system'],
        },
      },
      async request => verifier.setAside(request.body.file),
    )
  }
}
