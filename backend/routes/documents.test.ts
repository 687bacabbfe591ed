import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import fc from 'fast-check'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../base/log.ts'
import { dashboardKind, notebookKind } from '../notebooks/document-kind.ts'
import { DocumentStore } from '../notebooks/document-store.ts'
import { makeTemporaryFolder } from '../testing/temporary-folder.ts'
import { documentRoutes } from './documents.ts'
import { replyWithProblems } from './problem-reply.ts'

let folder: string
let app: FastifyInstance

beforeAll(async () => {
  folder = await makeTemporaryFolder()
  app = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler)
  replyWithProblems(app, silentLog)
  const notebooks = new DocumentStore(folder, notebookKind)
  const dashboards = new DocumentStore(folder, dashboardKind)
  await app.register(documentRoutes({ notebooks, dashboards }))
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

function put(name: string, payload: string, condition: Record<string, string>, kind = 'notebooks') {
  const type = kind === 'notebooks' ? 'text/markdown' : 'application/json'
  const headers = { 'content-type': type, ...condition }
  return app.inject({ method: 'PUT', url: `/api/${kind}/${name}`, headers, payload })
}

async function create(name: string, text: string): Promise<string> {
  const response = await put(name, text, { 'if-none-match': '*' })
  expect(response.statusCode).toBe(201)
  return String(response.headers.etag)
}

describe('a notebook', () => {
  test('comes back byte for byte, whatever text it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async written => {
        const text = Buffer.from(written).toString('utf8')
        await rm(join(folder, 'any.md'), { force: true })
        const etag = await create('any', text)
        const response = await app.inject('/api/notebooks/any')
        expect([response.body, response.headers.etag]).toEqual([text, etag])
      }),
      { numRuns: 50 },
    )
  })

  test('that two tabs save is saved once, and the other gets to see what is there', async () => {
    const etag = await create('shared', 'first')
    const saves = await Promise.all([
      put('shared', 'mine', { 'if-match': etag }),
      put('shared', 'theirs', { 'if-match': etag }),
    ])
    const [won, lost] = saves.toSorted((a, b) => a.statusCode - b.statusCode)
    expect([won?.statusCode, lost?.statusCode]).toEqual([204, 412])
    const text = await readFile(join(folder, 'shared.md'), 'utf8')
    expect(lost?.json()).toMatchObject({ code: 'document-changed', text, etag: won?.headers.etag })
  })

  test('that an editor changed on disk is not overwritten', async () => {
    const etag = await create('edited', 'first')
    await writeFile(join(folder, 'edited.md'), 'by hand')
    const response = await put('edited', 'mine', { 'if-match': etag })
    expect(response.json()).toMatchObject({ code: 'document-changed', text: 'by hand' })
  })

  test('is saved only on a condition, and not made anew where one is', async () => {
    await create('there', 'text')
    expect((await put('there', 'x', {})).json().code).toBe('condition-missing')
    expect((await put('there', 'x', { 'if-none-match': '*' })).statusCode).toBe(412)
    expect((await put('absent', 'x', { 'if-match': '"x"' })).json().code).toBe('unknown-document')
  })

  test('is renamed to a free name only, and deleted by its tag only', async () => {
    const etag = await create('old', 'text')
    await create('taken', 'other')
    const rename = (name: string, to: string) =>
      app.inject({ method: 'POST', url: `/api/notebooks/${name}/rename`, payload: { to } })
    expect((await rename('old', 'taken')).json().code).toBe('document-exists')
    expect((await rename('old', '../old')).json().code).toBe('bad-request')
    expect((await rename('old', 'new')).statusCode).toBe(204)
    const remove = (tag: string) =>
      app.inject({ method: 'DELETE', url: '/api/notebooks/new', headers: { 'if-match': tag } })
    expect((await remove('"other"')).statusCode).toBe(412)
    expect((await remove(etag)).statusCode).toBe(204)
    expect((await app.inject('/api/notebooks/new')).json().code).toBe('unknown-document')
  })

  test('is not renamed over one whose name differs by case only', async () => {
    await create('wall', 'small')
    const isCaseIgnored = (await app.inject('/api/notebooks/Wall')).statusCode === 200
    if (!isCaseIgnored) await create('Wall', 'large')
    const rename = (name: string, to: string) =>
      app.inject({ method: 'POST', url: `/api/notebooks/${name}/rename`, payload: { to } })
    const refused = await rename('wall', 'Wall')
    expect(refused.statusCode).toBe(isCaseIgnored ? 204 : 409)
    expect((await rename('Wall', 'WALL')).statusCode).toBe(204)
    const kept = (await app.inject('/api/notebooks/WALL')).body
    expect(kept).toBe(isCaseIgnored ? 'small' : 'large')
  })

  test('is not saved when it is no UTF-8, instead of being changed unseen', async () => {
    const response = await app.inject({
      method: 'PUT',
      url: '/api/notebooks/latin',
      headers: { 'content-type': 'text/markdown', 'if-none-match': '*' },
      payload: Buffer.from([0x63, 0xe9]),
    })
    expect(response.json()).toMatchObject({ code: 'bad-request', detail: /UTF-8/ })
    expect((await app.inject('/api/notebooks/latin')).statusCode).toBe(404)
  })

  test('that its folder does not take is a failure with a name', async () => {
    await writeFile(join(folder, 'no-folder'), '')
    const store = new DocumentStore(join(folder, 'no-folder', 'notebooks'), notebookKind)
    await expect(store.write('a', 'text', 'nothing')).rejects.toMatchObject({
      code: 'document-unwritable',
    })
    const misplaced = new DocumentStore(join(folder, 'no-folder'), notebookKind)
    await expect(misplaced.list()).rejects.toMatchObject({ code: 'document-unreadable' })
  })

  test('that has not changed is not sent again', async () => {
    const etag = await create('same', 'text')
    const response = await app.inject({
      url: '/api/notebooks/same',
      headers: { 'if-none-match': `"other", W/${etag}` },
    })
    expect(response.statusCode).toBe(304)
  })
})

test('a dashboard is saved only as one, and a broken file is told in the list and left as it is', async () => {
  const good = JSON.stringify({ title: 'Wall', tiles: [] })
  expect((await put('wall', good, { 'if-none-match': '*' }, 'dashboards')).statusCode).toBe(201)
  const bad = await put('bad', '{"title":1}', { 'if-none-match': '*' }, 'dashboards')
  expect(bad.json()).toMatchObject({ code: 'document-unreadable', detail: /title|tiles/ })
  await writeFile(join(folder, 'broken.dashboard.json'), '{"title":')
  await writeFile(join(folder, 'binary.md'), Buffer.from([0xff, 0xfe, 0x00]))
  await writeFile(join(folder, 'my notes.md'), '# Mine')
  const { notebooks, dashboards } = (await app.inject('/api/documents')).json()
  const problemOf = (list: { name: string; problem?: string }[], name: string) =>
    list.find(entry => entry.name === name)?.problem
  expect(problemOf(dashboards, 'wall')).toBeUndefined()
  expect(problemOf(dashboards, 'broken')).toMatch(/not JSON/)
  expect(problemOf(notebooks, 'binary')).toMatch(/no UTF-8/)
  expect(problemOf(notebooks, 'my notes')).toMatch(/name of the file/)
  expect((await app.inject('/api/notebooks/binary')).json().code).toBe('document-unreadable')
  expect(await readFile(join(folder, 'broken.dashboard.json'), 'utf8')).toBe('{"title":')
})
