import type { Verification } from '../../../backend/contract/verification.ts'
import type { HttpClient } from './http-client.ts'

/** Checks of streams, which the server makes. */
export interface VerificationClient {
  state(stream: string, signal?: AbortSignal): Promise<Verification>
  /** Begins a check, unless one is under way. */
  start(stream: string): Promise<Verification>
  /** Answers when the check has ended. */
  cancel(stream: string): Promise<Verification>
}

export class HttpVerificationClient implements VerificationClient {
  private readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  state(stream: string, signal?: AbortSignal): Promise<Verification> {
    return this.http.json(pathOf(stream), signal ? { signal } : {})
  }

  start(stream: string): Promise<Verification> {
    return this.http.json(pathOf(stream), { method: 'POST' })
  }

  cancel(stream: string): Promise<Verification> {
    return this.http.json(pathOf(stream), { method: 'DELETE' })
  }
}

function pathOf(stream: string): string {
  return `/api/streams/${encodeURIComponent(stream)}/verification`
}
