import { expect, test } from 'vitest'
import { ManualClock } from '../base/manual-clock.ts'
import { MemoryDocuments, MemoryDrafts } from '../document/memory-documents.ts'
import { NotebookSessions } from './notebook-sessions.ts'

type Parts = ConstructorParameters<typeof NotebookSessions>[0]

const names = Array.from({ length: 12 }, (_, n) => `notebook-${n}`)

test('notebooks that are in use stay, however many; of the others those that were opened last', async () => {
  const clock = new ManualClock()
  const client = new MemoryDocuments()
  for (const name of names) client.put(name, '')
  const parts = { client, drafts: new MemoryDrafts(), clock, files: { list: async () => [] } }
  const sessions = new NotebookSessions(parts as unknown as Parts)
  const opened = names.map(name => sessions.open(name))
  const ends = names.slice(0, 10).map(name => sessions.retain(name))
  await clock.advance(5_000)
  for (const [n, name] of names.slice(0, 10).entries()) {
    expect(sessions.open(name)).toBe(opened[n])
  }
  await clock.advance(5_000)
  for (const end of ends) end()
  expect(sessions.open(names[0] ?? '')).toBe(opened[0])
  await clock.advance(5_000)
  expect(sessions.open(names[0] ?? '')).toBe(opened[0])
  expect(sessions.open(names[9] ?? '')).toBe(opened[9])
  expect(sessions.open(names[1] ?? '')).not.toBe(opened[1])
})
