import { readFile } from 'node:fs/promises'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { Failure } from './base/failure.ts'
import type { Log } from './base/log.ts'
import { replyWithProblems } from './routes/problem-reply.ts'
import { refuseOtherSites } from './routes/same-site.ts'

export interface ServerParts {
  readonly routes: readonly FastifyPluginAsync[]
  readonly version: string
  /** Host names, besides loopback, under which browsers may reach the server. */
  readonly allowedHosts: readonly string[]
  /** The built workbench. */
  readonly workbenchFolder: string
  /** The documentation, in Markdown. */
  readonly docsFolder: string
  readonly log: Log
}

const bodyBytesMax = 16 * 2 ** 20
const webSocketBytesMax = 2 ** 20

/** What a page of the workbench may load: all of it from here, and nothing that is made from text. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    // The browser's engine is WebAssembly; nothing else is compiled from text.
    scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    workerSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

/** Builds the server without listening. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const app = Fastify({ bodyLimit: bodyBytesMax, forceCloseConnections: true })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
  replyWithProblems(app, parts.log)
  refuseOtherSites(app, parts.allowedHosts)
  await app.register(helmet, { contentSecurityPolicy, strictTransportSecurity: false })
  await registerDocs(app, parts.version)
  await app.register(websocket, { options: { maxPayload: webSocketBytesMax } })
  for (const routes of parts.routes) await app.register(routes)
  await registerWorkbench(app, parts)
  return app
}

async function registerDocs(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: { title: 'Millrace', version, description: 'A SQL notebook over event streams' },
      tags: [
        { name: 'query', description: 'Statements' },
        { name: 'streams', description: 'Events in' },
        { name: 'documents', description: 'Notebooks and dashboards' },
        { name: 'system', description: 'What there is, and how it is' },
      ],
    },
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs' })
}

/** Files whose name holds their hash never change; every other address of a page is the workbench's own. */
async function registerWorkbench(app: FastifyInstance, parts: ServerParts): Promise<void> {
  const { workbenchFolder, docsFolder } = parts
  await app.register(fastifyStatic, {
    root: workbenchFolder,
    preCompressed: true,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isHashed = path.includes('/assets/')
      reply.setHeader(
        'cache-control',
        isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    },
  })
  app.get<{ Params: { name: string } }>(
    '/docs/:name',
    { schema: { hide: true } },
    async (request, reply) => {
      const [name] = /^[a-z-]+/.exec(request.params.name) ?? []
      const text = await readFile(`${docsFolder}/${name}.md`, 'utf8').catch(() => {
        throw new Failure('not-found', `There is no page ${request.params.name}.`)
      })
      return reply.type('text/markdown; charset=utf-8').send(text)
    },
  )
  app.setNotFoundHandler(async (request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html')
    if (wantsPage && !request.url.startsWith('/api/')) return reply.sendFile('index.html')
    throw new Failure('not-found', `${request.method} ${request.url} leads nowhere.`, {
      hint: 'The API is described at /api/docs.',
    })
  })
}
