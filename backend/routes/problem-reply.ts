import type { FastifyError, FastifyInstance } from 'fastify'
import { Failure, isFailure, messageOf } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import { toProblem } from '../base/problem-document.ts'

export const problemType = 'application/problem+json; charset=utf-8'

/** Answers every error as RFC 9457 problem JSON. What is not a failure with a name is logged, and told to nobody. */
export function replyWithProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') {
      log.error({ err: error, method: request.method, url: request.url }, 'a request failed')
    }
    return reply.code(failure.status).type(problemType).send(toProblem(failure))
  })
}

/** The failure that anything thrown under a request stands for. */
function failureOf(error: FastifyError): Failure {
  if (isFailure(error)) return error
  if (error.validation !== undefined) {
    const [first] = error.validation
    const place = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`
    return new Failure('bad-request', `${place}: ${first?.message ?? messageOf(error)}.`, {
      hint: 'The request is described at /api/docs.',
    })
  }
  if (error.statusCode === 413) return new Failure('payload-too-large', messageOf(error))
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Failure('bad-request', messageOf(error))
  }
  return new Failure('internal', 'Something went wrong. The log of the server says more.')
}
