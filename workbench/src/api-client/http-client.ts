import { isAbort, ProblemError, readProblem, unreachableProblem } from './problem-error.ts'

/** Sends requests to the server; every failure comes out as a `ProblemError`. */
export class HttpClient {
  private readonly fetch: typeof fetch

  constructor(fetchFunction: typeof fetch) {
    this.fetch = fetchFunction
  }

  /** The answer when it is OK or its status is among `accepted`. */
  async send(
    path: string,
    init: RequestInit = {},
    accepted: readonly number[] = [],
  ): Promise<Response> {
    const response = await this.reach(path, init)
    if (response.ok || accepted.includes(response.status)) return response
    const body = await response.text().catch(() => '')
    // A proxy in between answers for a server that is gone.
    if ([502, 504].includes(response.status) && !body.startsWith('{')) {
      throw new ProblemError(unreachableProblem())
    }
    throw new ProblemError(readProblem(response.status, body))
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.send(path, init)
    try {
      return (await response.json()) as T
    } catch (error) {
      throw isAbort(error) ? error : new ProblemError(unreachableProblem())
    }
  }

  private async reach(path: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetch(path, init)
    } catch (error) {
      throw isAbort(error) ? error : new ProblemError(unreachableProblem())
    }
  }
}

export function jsonBody(value: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}
