import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { DocumentList } from '../../../backend/contract/documents.ts'
import { MemoryFiles } from '../sources/memory-files.ts'
import { Documents } from './document-list.ts'
import { listOfNotebooks, MemoryDocuments } from './memory-documents.ts'

const namesOf = (documents: Documents) => documents.summaries('notebooks').map(({ name }) => name)

test('names that are in the list are not tried', async () => {
  const server = new MemoryDocuments()
  server.put('plan', 'one')
  server.put('plan-2', 'two')
  const documents = new Documents(server, new MemoryFiles())
  await documents.refresh()
  const write = vi.spyOn(server, 'write')
  expect(await documents.create('notebooks', 'Plan', 'three')).toBe('plan-3')
  expect(write).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(namesOf(documents)).toContain('plan-3'))
})

test('a document that was made is there before the list is', async () => {
  const server = new MemoryDocuments()
  server.list = () => new Promise(() => {})
  expect(await new Documents(server, new MemoryFiles()).create('notebooks', 'Plan', 'one')).toBe(
    'plan',
  )
})

test('a name that was taken since the list came is passed over', async () => {
  const server = new MemoryDocuments()
  const documents = new Documents(server, new MemoryFiles())
  await documents.refresh()
  server.put('plan', 'of another page')
  expect(await documents.create('notebooks', 'Plan', 'mine')).toBe('plan-2')
  expect(server.texts.get('plan')).toBe('of another page')
})

test('an old list that comes late does not take the place of a newer one', async () => {
  const server = new MemoryDocuments()
  const answers: ((list: DocumentList) => void)[] = []
  server.list = () => new Promise(resolve => answers.push(resolve))
  const documents = new Documents(server, new MemoryFiles())
  const refreshes = [documents.refresh(), documents.refresh()]
  answers[1]?.(listOfNotebooks(['first', 'new']))
  answers[0]?.(listOfNotebooks(['first']))
  await Promise.all(refreshes)
  expect(namesOf(documents)).toEqual(['first', 'new'])
})

describe('files of this browser', () => {
  const shop = { kind: 'notebooks', name: 'shop' } as const
  const sales = { name: 'sales', file: new File(['a\n1\n'], 'sales.csv') }
  let server: MemoryDocuments
  let files: MemoryFiles
  let documents: Documents

  beforeEach(async () => {
    server = new MemoryDocuments()
    files = new MemoryFiles()
    documents = new Documents(server, files)
    server.put('shop', 'one')
    await files.put('shop', sales)
  })

  test('go with a notebook that is renamed', async () => {
    await files.put('store', { ...sales, name: 'of_one_that_was_deleted' })
    expect(await documents.rename(shop, 'store')).toEqual({ hasFiles: true })
    expect(await files.list('store')).toEqual([sales])
    expect(await files.list('shop')).toEqual([])
  })

  test('stay where they are when the name is refused', async () => {
    server.put('store', 'another')
    await expect(documents.rename(shop, 'store')).rejects.toThrow(/document-exists/)
    expect(await files.list('shop')).toEqual([sales])
  })

  test('go when the notebook is deleted, and come back with it', async () => {
    const deleted = await documents.remove(shop)
    expect(await files.list('shop')).toEqual([])
    expect(await documents.restore(deleted)).toEqual({ name: 'shop', hasFiles: true })
    expect(await files.list('shop')).toEqual([sales])
  })

  test('are not those of a new notebook that gets the name of one that was deleted elsewhere', async () => {
    await server.remove(shop)
    expect(await documents.create('notebooks', 'Shop', 'two')).toBe('shop')
    expect(await files.list('shop')).toEqual([])
  })

  test('that cannot be moved are told', async () => {
    files.rename = () => Promise.reject(new Error('no room'))
    expect(await documents.rename(shop, 'store')).toEqual({ hasFiles: false })
    expect(server.texts.get('store')).toBe('one')
  })
})

test('a document whose name was taken since it was deleted comes back under another one', async () => {
  const server = new MemoryDocuments()
  const documents = new Documents(server, new MemoryFiles())
  server.put('plan', 'mine')
  const deleted = await documents.remove({ kind: 'notebooks', name: 'plan' })
  server.put('plan', 'of another page')
  expect(await documents.restore(deleted)).toEqual({ name: 'plan-2', hasFiles: true })
  expect(server.texts.get('plan')).toBe('of another page')
  expect(server.texts.get('plan-2')).toBe('mine')
})
