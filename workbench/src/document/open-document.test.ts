import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, settle } from '../base/manual-clock.ts'
import { MemoryDocuments, MemoryDrafts, refusal } from './memory-documents.ts'
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

describe('what the server refuses', () => {
  test('is tried again with what is typed next', async () => {
    const document = await open()
    server.faults.push(refusal('payload-too-large'))
    document.edit('too much')
    await clock.advance(60_000)
    expect(document.current?.phase).toMatchObject({ is: 'failed', retries: false })
    document.edit('less')
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('less')
    expect(document.current?.phase.is).toBe('saved')
  })

  test('is sent again when the user wants it', async () => {
    const document = await open()
    server.faults.push(refusal('payload-too-large'))
    document.edit('two')
    await clock.advance(1_000)
    document.retry()
    await settle()
    expect(document.current?.phase.is).toBe('failed')
    expect(await document.saveNow()).toBe(true)
    expect(server.texts.get('a')).toBe('two')
  })

  test('is saved when the folder can be written again', async () => {
    const document = await open()
    server.faults.push(refusal('document-unwritable'))
    document.edit('two')
    await clock.advance(1_000)
    document.retry()
    await settle()
    expect(server.texts.get('a')).toBe('two')
  })

  test('is not taken for saved when it is typed back to what was there before', async () => {
    const document = await open()
    server.faults.push('fail-after')
    document.edit('two')
    await clock.advance(800)
    document.edit('one')
    expect(document.current?.phase.is).toBe('unsaved')
    await clock.advance(10_000)
    expect(server.texts.get('a')).toBe('one')
  })
})

describe('a file that is gone', () => {
  async function openAndLose(text = 'two'): Promise<OpenDocument> {
    const document = await open()
    await server.remove(address)
    document.edit(text)
    await clock.advance(1_000)
    expect(document.current).toMatchObject({ phase: { is: 'failed' }, gone: { code } })
    return document
  }
  const code = 'unknown-document'

  test('is saved to when it comes back as it was', async () => {
    const document = await openAndLose()
    server.put('a', 'one')
    document.retry()
    await settle()
    expect(server.texts.get('a')).toBe('two')
    expect(document.current).toMatchObject({ phase: { is: 'saved' }, gone: null })
  })

  test('that comes back as another one is a conflict', async () => {
    const document = await openAndLose()
    server.put('a', 'theirs')
    document.retry()
    await settle()
    expect(document.current).toMatchObject({ text: 'two', phase: { is: 'conflict' }, gone: null })
  })

  test('is looked for without a word as long as it is gone', async () => {
    const document = await openAndLose()
    const before = document.view.get()
    document.retry()
    await settle()
    expect(document.view.get()).toBe(before)
    expect(server.texts.has('a')).toBe(false)
  })

  test('stays told while one types on', async () => {
    const document = await openAndLose()
    document.edit('three')
    expect(document.current).toMatchObject({ phase: { is: 'unsaved' }, gone: { code } })
  })

  test('is made anew when the user wants it', async () => {
    const document = await openAndLose()
    await document.saveAgain()
    expect(server.texts.get('a')).toBe('two')
    expect(document.current).toMatchObject({ phase: { is: 'saved' }, gone: null })
    document.edit('three')
    await clock.advance(1_000)
    expect(server.texts.get('a')).toBe('three')
  })

  test('and made anew by someone else meanwhile is not overwritten', async () => {
    const document = await openAndLose()
    server.put('a', 'theirs')
    await document.saveAgain()
    expect(server.texts.get('a')).toBe('theirs')
    expect(document.current).toMatchObject({ text: 'two', phase: { is: 'conflict' } })
  })

  test('can be saved as a copy, and leaves nothing here then', async () => {
    const document = await openAndLose()
    expect(await document.saveMineAsCopy()).toBe('a-copy')
    expect(server.texts.get('a-copy')).toBe('two')
    expect(document.view.get()).toMatchObject({ state: 'unavailable', problem: { code } })
    expect(drafts.draft).toBeNull()
  })

  test('keeps what is typed while the copy is saved', async () => {
    const document = await openAndLose()
    const copying = document.saveMineAsCopy()
    document.edit('three')
    await copying
    expect(document.current?.text).toBe('three')
    expect(drafts.draft?.text).toBe('three')
  })

  test('shows its draft after a reload, and goes on from it', async () => {
    await openAndLose()
    const again = await open()
    expect(again.current).toMatchObject({ text: 'two', phase: { is: 'failed' }, gone: { code } })
    expect(drafts.draft?.text).toBe('two')
    again.retry()
    await settle()
    expect(server.texts.has('a')).toBe(false)
    await again.saveAgain()
    expect(server.texts.get('a')).toBe('two')
  })

  test('without a draft is found when it is there again', async () => {
    await server.remove(address)
    const document = await open()
    expect(document.view.get().state).toBe('unavailable')
    server.put('a', 'back')
    document.retry()
    await settle()
    expect(document.current?.text).toBe('back')
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
