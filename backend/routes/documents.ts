import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Failure } from '../base/failure.ts'
import { DocumentList, DocumentName } from '../contract/documents.ts'
import type { DocumentStore, Replaces } from '../notebooks/document-store.ts'
import { textOf } from '../notebooks/utf8-text.ts'

export interface DocumentParts {
  readonly notebooks: DocumentStore
  readonly dashboards: DocumentStore
}

const ByName = Type.Object({ name: DocumentName })
const tags = ['documents']

/** Notebooks and dashboards: read, saved on condition, renamed, deleted. */
export function documentRoutes({
  notebooks,
  dashboards,
}: DocumentParts): FastifyPluginAsyncTypebox {
  return async app => {
    app.get(
      '/api/documents',
      {
        schema: { summary: 'All notebooks and dashboards', response: { 200: DocumentList }, tags },
      },
      async () => ({ notebooks: await notebooks.list(), dashboards: await dashboards.list() }),
    )
    for (const store of [notebooks, dashboards]) await app.register(routesOf(store))
  }
}

function routesOf(store: DocumentStore): FastifyPluginAsyncTypebox {
  const { plural, noun, contentType } = store.kind
  const url = `/api/${plural}/:name`
  return async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      ['text/markdown', 'text/plain', 'application/json'],
      { parseAs: 'buffer' },
      (_request, body, done) => {
        const text = textOf(body as Buffer)
        done(text === undefined ? notText() : null, text)
      },
    )
    app.get(
      url,
      { schema: { summary: `A ${noun} as its file is`, params: ByName, tags } },
      async (request, reply) => {
        const { text, etag } = await store.read(request.params.name)
        reply.header('etag', etag).header('cache-control', 'no-cache')
        if (isAmong(etag, request.headers['if-none-match'])) return reply.code(304).send()
        return reply.type(contentType).send(text)
      },
    )
    app.put(
      url,
      {
        schema: {
          summary: `Saves a ${noun}`,
          description:
            'With `if-match` for the version it replaces, or `if-none-match: *` for a new one. 412 when it was changed meanwhile: the answer holds the `text` and `etag` that are there.',
          params: ByName,
          tags,
        },
      },
      async (request, reply) => {
        const replaces = conditionOf(request.headers)
        const text = typeof request.body === 'string' ? request.body : ''
        const etag = await store.write(request.params.name, text, replaces)
        return reply
          .code(replaces === 'nothing' ? 201 : 204)
          .header('etag', etag)
          .send()
      },
    )
    app.delete(
      url,
      { schema: { summary: `Deletes a ${noun}`, params: ByName, tags } },
      async (request, reply) => {
        const replaces = conditionOf(request.headers)
        if (replaces === 'nothing') throw conditionMissing()
        await store.remove(request.params.name, replaces.etag)
        return reply.code(204).send()
      },
    )
    await app.register(renameRoute(store))
  }
}

/** Apart from the others, because its body is JSON. */
function renameRoute(store: DocumentStore): FastifyPluginAsyncTypebox {
  const { plural, noun } = store.kind
  return async app => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      app.getDefaultJsonParser('error', 'error'),
    )
    app.post(
      `/api/${plural}/:name/rename`,
      {
        schema: {
          summary: `Gives a ${noun} another name`,
          params: ByName,
          body: Type.Object({ to: DocumentName }),
          tags,
        },
      },
      async (request, reply) => {
        await store.rename(request.params.name, request.body.to)
        return reply.code(204).send()
      },
    )
  }
}

/** Whether an `if-none-match` names the tag, be it among others or marked weak by a proxy that packed the answer. */
function isAmong(etag: string, header = ''): boolean {
  return header.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
}

function notText(): Failure {
  return new Failure('bad-request', 'The body is no UTF-8 text, and nothing was saved.')
}

function conditionOf(headers: {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}): Replaces {
  if (headers['if-none-match'] === '*') return 'nothing'
  const etag = headers['if-match']
  if (etag === undefined) throw conditionMissing()
  return { etag }
}

function conditionMissing(): Failure {
  return new Failure(
    'condition-missing',
    'Say which version is meant, so that nobody is overwritten.',
    {
      hint: 'Send if-match with the etag that was read, or if-none-match: * for a new document.',
    },
  )
}
