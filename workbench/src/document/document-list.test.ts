import { expect, test, vi } from 'vitest'
import type { DocumentList } from '../../../backend/contract/documents.ts'
import { Documents } from './document-list.ts'
import { listOfNotebooks, MemoryDocuments } from './memory-documents.ts'

const namesOf = (documents: Documents) => documents.summaries('notebooks').map(({ name }) => name)

test('names that are in the list are not tried', async () => {
  const server = new MemoryDocuments()
  server.put('plan', 'one')
  server.put('plan-2', 'two')
  const documents = new Documents(server)
  await documents.refresh()
  const write = vi.spyOn(server, 'write')
  expect(await documents.create('notebooks', 'Plan', 'three')).toBe('plan-3')
  expect(write).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(namesOf(documents)).toContain('plan-3'))
})

test('a document that was made is there before the list is', async () => {
  const server = new MemoryDocuments()
  server.list = () => new Promise(() => {})
  expect(await new Documents(server).create('notebooks', 'Plan', 'one')).toBe('plan')
})

test('a name that was taken since the list came is passed over', async () => {
  const server = new MemoryDocuments()
  const documents = new Documents(server)
  await documents.refresh()
  server.put('plan', 'of another page')
  expect(await documents.create('notebooks', 'Plan', 'mine')).toBe('plan-2')
  expect(server.texts.get('plan')).toBe('of another page')
})

test('an old list that comes late does not take the place of a newer one', async () => {
  const server = new MemoryDocuments()
  const answers: ((list: DocumentList) => void)[] = []
  server.list = () => new Promise(resolve => answers.push(resolve))
  const documents = new Documents(server)
  const refreshes = [documents.refresh(), documents.refresh()]
  answers[1]?.(listOfNotebooks(['first', 'new']))
  answers[0]?.(listOfNotebooks(['first']))
  await Promise.all(refreshes)
  expect(namesOf(documents)).toEqual(['first', 'new'])
})
