import { Failure } from '../base/failure.ts'

/** The engine's process cannot answer, for now. */
export function engineUnavailable(detail: string): Failure {
  return new Failure('engine-unavailable', detail, { hint: 'Run the statement again in a moment.' })
}
