import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { MemoryDocuments, MemoryDrafts } from './memory-documents.ts'
import { OpenDocument } from './open-document.ts'

const address = { kind: 'notebooks', name: 'a' } as const
let server: MemoryDocuments
let drafts: MemoryDrafts
let clock: ManualClock

beforeEach(() => {
  server = new MemoryDocuments()
  drafts = new MemoryDrafts()
  clock = new ManualClock()
  server.put('a', 'one')
})

async function open(): Promise<OpenDocument> {
  const document = new OpenDocument({ address, client: server, drafts, clock })
  await document.load()
  return document
}

describe('saving', () => {
  test('an edit is saved by itself, and its draft is dropped then', async () => {
    const document = await open()
    document.edit('two')
    expect(drafts.draft?.text).toBe('two')
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('two')
    expect(document.current?.phase.is).toBe('saved')
    expect(drafts.draft).toBeNull()
  })

  test('what is typed while a save is on its way is saved after it', async () => {
    const document = await open()
    document.edit('two')
    const saving = document.saveNow()
    document.edit('three')
    await saving
    expect(document.current?.phase.is).toBe('unsaved')
    expect(drafts.draft).toEqual({ text: 'three', baseEtag: document.current?.base?.etag })
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('three')
  })

  test('who wants it saved now waits for the save under way, and hears whether it is', async () => {
    const document = await open()
    document.edit('two')
    void document.saveNow()
    document.edit('three')
    expect(await document.saveNow()).toBe(true)
    expect(server.texts.get('a')).toBe('three')
    server.faults.push('fail-before')
    document.edit('four')
    expect(await document.saveNow()).toBe(false)
  })

  test('typing back to what is saved leaves nothing to save', async () => {
    const document = await open()
    document.edit('two')
    document.edit('one')
    expect(document.current?.phase.is).toBe('saved')
    expect(drafts.draft).toBeNull()
  })

  test('a server that is gone is tried again until the text is there', async () => {
    const document = await open()
    server.faults.push('fail-before', 'fail-before')
    document.edit('two')
    await clock.advance(800)
    expect(document.current?.phase).toMatchObject({ is: 'failed', retries: true })
    expect(drafts.draft?.text).toBe('two')
    await clock.advance(10_000)
    expect(server.texts.get('a')).toBe('two')
    expect(document.current?.phase.is).toBe('saved')
  })

  test('what was refused is tried again with the next edit, and when it is asked for', async () => {
    const document = await open()
    server.faults.push('refuse', 'refuse')
    document.edit('two')
    await clock.advance(1_000)
    expect(document.current?.phase).toMatchObject({ is: 'failed', retries: false })
    document.edit('three')
    await clock.advance(1_000)
    expect(document.current?.phase).toMatchObject({ is: 'failed', retries: false })
    expect(drafts.draft?.text).toBe('three')
    expect(await document.saveAgain()).toBe(true)
    expect(server.texts.get('a')).toBe('three')
    server.faults.push('refuse')
    document.edit('four')
    await clock.advance(1_000)
    document.retry()
    await settle()
    expect(server.texts.get('a')).toBe('four')
  })

  test('a document that was deleted elsewhere comes back only when it is asked for', async () => {
    const document = await open()
    await server.remove(address)
    document.edit('two')
    await clock.advance(1_000)
    document.retry()
    await settle()
    expect(document.current?.phase).toMatchObject({ problem: { code: 'unknown-document' } })
    expect(server.texts.has('a')).toBe(false)
    expect(await document.saveAgain()).toBe(true)
    expect(server.texts.get('a')).toBe('two')
    document.edit('three')
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('three')
  })

  test('a save whose answer was lost is not a conflict', async () => {
    const document = await open()
    server.faults.push('fail-after')
    document.edit('two')
    await clock.advance(10_000)
    expect(document.current?.phase.is).toBe('saved')
    expect(document.current?.text).toBe('two')
  })

  test('a lost answer and further typing end with the later text', async () => {
    const document = await open()
    server.faults.push('fail-after')
    document.edit('two')
    await clock.advance(800)
    document.edit('three')
    await clock.advance(10_000)
    expect(document.current?.phase.is).toBe('saved')
    expect(server.texts.get('a')).toBe('three')
  })
})

describe('two pages on one document', () => {
  test('the second to save gets both versions, and its text is kept', async () => {
    const document = await open()
    document.edit('mine')
    server.put('a', 'theirs')
    await clock.advance(1_000)
    expect(document.current?.phase).toMatchObject({ is: 'conflict', theirs: { text: 'theirs' } })
    expect(document.current?.text).toBe('mine')
    expect(server.texts.get('a')).toBe('theirs')
  })

  test('keeping mine replaces theirs', async () => {
    const document = await open()
    document.edit('mine')
    server.put('a', 'theirs')
    await document.saveNow()
    document.edit('mine, later')
    document.keepMine()
    await settle()
    expect(server.texts.get('a')).toBe('mine, later')
    expect(document.current?.phase.is).toBe('saved')
  })

  test('taking theirs drops mine', async () => {
    const document = await open()
    document.edit('mine')
    server.put('a', 'theirs')
    await document.saveNow()
    document.takeTheirs()
    expect(document.current).toMatchObject({ text: 'theirs', phase: { is: 'saved' } })
    expect(drafts.draft).toBeNull()
  })

  test('saving mine as a copy keeps both under free names', async () => {
    const document = await open()
    server.put('a-copy', 'taken')
    document.edit('mine')
    server.put('a', 'theirs')
    await document.saveNow()
    expect(await document.saveMineAsCopy()).toBe('a-copy-2')
    expect(server.texts.get('a-copy-2')).toBe('mine')
    expect(document.current?.text).toBe('theirs')
  })

  test('a page with nothing unsaved takes over what the other saved', async () => {
    const document = await open()
    server.put('a', 'theirs')
    await document.refresh()
    expect(document.current).toMatchObject({ text: 'theirs', phase: { is: 'saved' } })
  })
})

describe('drafts', () => {
  test('a reload goes on from the draft', async () => {
    const first = await open()
    first.edit('two')
    const again = await open()
    expect(again.current).toMatchObject({ text: 'two', phase: { is: 'unsaved' } })
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('two')
  })

  test('a draft of an older version stands against the newer one', async () => {
    const first = await open()
    first.edit('two')
    server.put('a', 'newer')
    const again = await open()
    expect(again.current).toMatchObject({ text: 'two', phase: { is: 'conflict' } })
  })
})
