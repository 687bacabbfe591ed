import { expect, test } from 'vitest'
import { StoredDrafts } from './drafts.ts'

const address = { kind: 'notebooks', name: 'a' } as const
const draft = { text: 'typed', baseEtag: '"1"' }

class MemoryStorage extends Map<string, string> {
  get length(): number {
    return this.size
  }
  getItem = (key: string) => this.get(key) ?? null
  setItem = (key: string, value: string) => void this.set(key, value)
  removeItem = (key: string) => void this.delete(key)
  key = (index: number) => [...this.keys()][index] ?? null
}

function draftsOf(storage: MemoryStorage, page: string, open: string[] = []): StoredDrafts {
  return new StoredDrafts({ storage, page, livePages: () => Promise.resolve(new Set(open)) })
}

test('a page finds its own draft again', async () => {
  const storage = new MemoryStorage()
  draftsOf(storage, 'p1').keep(address, draft)
  expect(await draftsOf(storage, 'p1').find(address)).toEqual(draft)
})

test('a page takes over what a closed page left, once', async () => {
  const storage = new MemoryStorage()
  draftsOf(storage, 'p1').keep(address, draft)
  expect(await draftsOf(storage, 'p2').find(address)).toEqual(draft)
  expect(await draftsOf(storage, 'p3', ['p2']).find(address)).toBeNull()
})

test('the draft of an open page is left alone', async () => {
  const storage = new MemoryStorage()
  draftsOf(storage, 'p1').keep(address, draft)
  expect(await draftsOf(storage, 'p2', ['p1']).find(address)).toBeNull()
})

test('documents of other names and broken drafts are no draft', async () => {
  const storage = new MemoryStorage()
  draftsOf(storage, 'p1').keep({ kind: 'notebooks', name: 'ab' }, draft)
  storage.set('millrace/draft/notebooks/a/p1', '{')
  expect(await draftsOf(storage, 'p1').find(address)).toBeNull()
})
