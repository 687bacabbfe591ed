import type { FastifyInstance } from 'fastify'
import { Failure } from '../base/failure.ts'

const loopback = ['localhost', '127.0.0.1', '[::1]']

/**
 * Refuses requests under a foreign name, by which another site's page could reach a server on loopback (DNS rebinding),
 * and requests that such a page makes itself.
 */
export function refuseOtherSites(app: FastifyInstance, allowedHosts: readonly string[]): void {
  const allowed = new Set([...loopback, ...allowedHosts])
  app.addHook('onRequest', async request => {
    const host = request.headers.host ?? ''
    const { origin } = request.headers
    if (!allowed.has(nameIn(host))) {
      throw new Failure('forbidden-origin', `Millrace is not to be reached as ${host}.`, {
        hint: 'Add the name to MILLRACE_ALLOWED_HOSTS if it should be.',
      })
    }
    if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host) {
      throw new Failure('forbidden-origin', `A page of ${origin} asked for ${request.url}.`)
    }
  })
}

function nameIn(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}
