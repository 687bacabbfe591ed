import { beforeEach, expect, test } from 'vitest'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { serialiseDashboard } from '../dashboard/dashboard-file.ts'
import { DashboardSessions } from '../dashboard/dashboard-sessions.ts'
import { withPinned } from '../dashboard/pin-tile.ts'
import { Documents } from '../document/document-list.ts'
import { MemoryDocuments, MemoryDrafts, refusal } from '../document/memory-documents.ts'
import { OpenDocument } from '../document/open-document.ts'
import type { NotebookSession } from '../notebook/notebook-session.ts'
import { MemoryFiles } from '../sources/memory-files.ts'
import {
  deleteDocument,
  type PageDocuments,
  renameDocument,
  restoreDocument,
} from './page-documents.ts'

const shop = { kind: 'notebooks', name: 'shop' } as const
const sales = { name: 'sales', file: new File(['a\n1\n'], 'sales.csv') }

let server: MemoryDocuments
let files: MemoryFiles
let clock: ManualClock
let page: PageDocuments & { notebooks: OpenNotebooks }

/** The notebooks that are open, without what they run. */
class OpenNotebooks {
  readonly documents = new Map<string, OpenDocument>()

  open(name: string): NotebookSession {
    const address = { kind: 'notebooks', name } as const
    const document =
      this.documents.get(name) ??
      new OpenDocument({ address, client: server, drafts: new MemoryDrafts(), clock })
    if (!this.documents.has(name)) void document.load()
    this.documents.set(name, document)
    return { document } as NotebookSession
  }

  find(name: string): OpenDocument | undefined {
    return this.documents.get(name)
  }

  forget(name: string): void {
    this.documents.get(name)?.abandon()
    this.documents.delete(name)
  }
}

beforeEach(async () => {
  server = new MemoryDocuments()
  files = new MemoryFiles()
  clock = new ManualClock()
  server.put('shop', 'one')
  const parts = { client: server, drafts: new MemoryDrafts(), clock }
  page = {
    client: server,
    documents: new Documents(server, files),
    notebooks: new OpenNotebooks(),
    dashboards: new DashboardSessions(parts),
  }
  await page.documents.refresh()
})

async function openShop(): Promise<OpenDocument> {
  const { document } = page.notebooks.open('shop')
  await settle()
  return document
}

test('what was just typed is saved before the file is renamed', async () => {
  const document = await openShop()
  document.edit('two')
  expect(await renameDocument(page, shop, 'store')).toEqual([])
  expect(Object.fromEntries(server.texts)).toEqual({ store: 'two' })
})

test('what was just typed is in the file that Undo brings back', async () => {
  const document = await openShop()
  document.edit('two')
  const deleted = await deleteDocument(page, shop)
  expect(server.texts.has('shop')).toBe(false)
  expect(await restoreDocument(page, deleted)).toEqual({ name: 'shop', left: [] })
  expect(server.texts.get('shop')).toBe('two')
})

test('a document in conflict is neither renamed nor deleted', async () => {
  const document = await openShop()
  document.edit('mine')
  server.put('shop', 'theirs')
  await expect(renameDocument(page, shop, 'store')).rejects.toThrow(/only this browser has your/)
  await expect(deleteDocument(page, shop)).rejects.toThrow(/only this browser has your/)
  expect(Object.fromEntries(server.texts)).toEqual({ shop: 'theirs' })
  expect(document.current).toMatchObject({ text: 'mine', phase: { is: 'conflict' } })
})

test('a document that cannot be saved is not renamed, and says why', async () => {
  const document = await openShop()
  document.edit('two')
  server.faults.push(refusal('document-unwritable'))
  await expect(renameDocument(page, shop, 'store')).rejects.toMatchObject({
    problem: {
      detail: expect.stringMatching(/what you typed in shop.*document-unwritable/),
      hint: 'Open it and save it; then try again.',
    },
  })
  expect(document.current?.text).toBe('two')
})

test('text that is kept for a file that is gone is not dropped for another that takes its name', async () => {
  server.put('store', 'old')
  page.notebooks.open('store')
  await settle()
  await server.remove({ kind: 'notebooks', name: 'store' })
  page.notebooks.open('store').document.edit('mine')
  await expect(renameDocument(page, shop, 'store')).rejects.toThrow(/what you typed in store/)
  expect(page.notebooks.find('store')?.current?.text).toBe('mine')
})

test('tiles and files go with a notebook that is renamed', async () => {
  await files.put('shop', sales)
  const empty: Dashboard = { title: 'Wall', tiles: [] }
  const wall = ['shop', 'other'].reduce(
    (dashboard, notebook) =>
      withPinned(dashboard, { notebook, cell: 'top', title: 'Top', view: 'chart' }),
    empty,
  )
  server.put('wall', serialiseDashboard(wall), 'dashboards')
  const open = page.dashboards.open('wall')
  await settle()
  expect(await renameDocument(page, shop, 'store')).toEqual([])
  const { tiles } = JSON.parse(server.texts.get('wall') ?? '') as Dashboard
  expect(tiles).toMatchObject([{ notebook: 'store' }, { notebook: 'other' }])
  expect(open.current).toMatchObject({ text: server.texts.get('wall'), phase: { is: 'saved' } })
  expect(await files.list('store')).toEqual([sales])
})

test('what does not come along is told', async () => {
  await files.put('shop', sales)
  files.rename = () => Promise.reject(new Error('no room'))
  const tile = { notebook: 'shop', cell: 'top', title: 'Top', view: 'chart' } as const
  const wall = serialiseDashboard(withPinned({ title: 'Wall', tiles: [] }, tile))
  server.put('wall', wall, 'dashboards')
  server.faults.push(refusal('document-unwritable'))
  const [lost, left] = await renameDocument(page, shop, 'store')
  expect(lost).toMatch(/dropped on shop.*drop them again/)
  expect(left).toMatch(/still look for shop.*document-unwritable/)
  expect(server.texts.has('store')).toBe(true)
})

test('a notebook that a tile looked for in vain is looked for again when it is there', async () => {
  page.notebooks.open('store')
  await settle()
  await renameDocument(page, shop, 'store')
  expect(page.notebooks.find('store')).toBeUndefined()
  const store = { kind: 'notebooks', name: 'store' } as const
  const deleted = await deleteDocument(page, store)
  page.notebooks.open('store')
  await settle()
  await restoreDocument(page, deleted)
  expect(page.notebooks.find('store')).toBeUndefined()
})

test('dashboards are renamed with what was typed', async () => {
  server.put('wall', '{"title":"Wall","tiles":[]}', 'dashboards')
  const document = page.dashboards.open('wall')
  await settle()
  document.edit('{"title":"Floor","tiles":[]}')
  await renameDocument(page, { kind: 'dashboards', name: 'wall' }, 'floor')
  expect(server.texts.get('floor')).toContain('Floor')
  expect(page.dashboards.find('wall')).toBeUndefined()
})
