import type { Problem } from '../../../backend/contract/problem.ts'
import {
  type DocumentAddress,
  type DocumentClient,
  unknownDocumentCode,
} from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import type { Clock } from '../base/clock.ts'
import { Store } from '../base/store.ts'
import { createDocument } from './create-document.ts'
import {
  type DocumentEvent,
  type DocumentState,
  isMendedByOthers,
  isUnsaved,
  openedDocument,
  orphanedDraft,
  reduceDocument,
  withDraft,
} from './document-state.ts'
import type { Drafts } from './drafts.ts'

export type DocumentView =
  | { readonly state: 'loading' }
  | { readonly state: 'unavailable'; readonly problem: Problem }
  | { readonly state: 'open'; readonly document: DocumentState }

const saveDelayMs = 700
const retryDelaysMs = [1_000, 2_000, 4_000, 8_000]

/** One document of the server while a page has it open: saves by itself, and keeps a draft until it could. */
export class OpenDocument {
  readonly view = new Store<DocumentView>({ state: 'loading' })
  readonly address: DocumentAddress
  private readonly client: DocumentClient
  private readonly drafts: Drafts
  private readonly clock: Clock
  private cancelTimer = (): void => {}
  private saving: Promise<void> = Promise.resolve()
  private attempts = 0
  private isClosed = false

  constructor(options: {
    address: DocumentAddress
    client: DocumentClient
    drafts: Drafts
    clock: Clock
  }) {
    this.address = options.address
    this.client = options.client
    this.drafts = options.drafts
    this.clock = options.clock
  }

  /** The document when it is open. */
  get current(): DocumentState | null {
    const view = this.view.get()
    return view.state === 'open' ? view.document : null
  }

  async load(): Promise<void> {
    try {
      const version = await this.client.read(this.address)
      const draft = await this.drafts.find(this.address)
      const opened = openedDocument(version)
      this.show(draft ? withDraft(opened, draft) : opened)
      this.planSave()
    } catch (error) {
      const problem = problemOf(error)
      const isGone = problem.code === unknownDocumentCode
      const draft = isGone ? await this.drafts.find(this.address) : null
      if (draft) return this.show(orphanedDraft(draft, problem))
      this.view.set({ state: 'unavailable', problem })
      if (problem.retryable) this.plan(this.nextRetryDelay(), () => void this.load())
    }
  }

  edit(text: string): void {
    this.apply({ type: 'edited', text })
    this.planSave()
  }

  /** Saves at once what is not saved yet, or loads what could not be loaded; answers whether the server has what is here. */
  async saveNow(): Promise<boolean> {
    if (this.current?.phase.is === 'saving') await this.saving
    const { current } = this
    if (!current) await this.load()
    else if (['unsaved', 'failed'].includes(current.phase.is)) {
      this.saving = this.save(current)
      await this.saving
    }
    return this.current !== null && !isUnsaved(this.current)
  }

  private async save(document: DocumentState): Promise<void> {
    this.cancelTimer()
    this.apply({ type: 'sent' })
    try {
      const replaces = document.base ? { etag: document.base.etag } : 'nothing'
      const answer = await this.client.write(this.address, document.text, replaces)
      this.attempts = 0
      const at = this.clock.now()
      if ('saved' in answer) this.apply({ type: 'saved', etag: answer.saved, at })
      else this.apply({ type: 'found', version: answer.changed, at })
    } catch (error) {
      this.apply({ type: 'failed', problem: problemOf(error) })
    }
    this.planSave()
  }

  /** Tries again now what waits for the server, or for others. */
  retry(): void {
    const view = this.view.get()
    if (view.state === 'unavailable' && isWorthRetry(view.problem)) void this.load()
    else if (this.current?.phase.is === 'failed') void this.retrySave(this.current.phase.problem)
    else void this.refresh()
  }

  /** A file that is gone is looked for first, so that nothing moves on the page as long as it is. */
  private async retrySave(problem: Problem): Promise<void> {
    if (!isWorthRetry(problem)) return
    if (problem.code !== unknownDocumentCode || (await this.isThere())) await this.saveNow()
  }

  private isThere(): Promise<boolean> {
    return this.client.read(this.address).then(
      () => true,
      () => false,
    )
  }

  /** Takes over what someone else saved, as long as nothing here waits to be saved. */
  async refresh(): Promise<void> {
    const document = this.current
    if (!document?.base || document.phase.is !== 'saved') return
    try {
      const version = await this.client.readIfChanged(this.address, document.base.etag)
      if (version && this.current?.base === document.base) {
        this.apply({ type: 'found', version, at: this.clock.now() })
      }
    } catch {
      // The next save or the next look finds out.
    }
  }

  keepMine(): void {
    this.apply({ type: 'kept-mine' })
    void this.saveNow()
  }

  takeTheirs(): void {
    this.apply({ type: 'took-theirs', at: this.clock.now() })
  }

  /** Makes a document that is gone anew, of what is here. */
  async saveAgain(): Promise<void> {
    if (this.current?.phase.is === 'saving') await this.saving
    if (!this.current?.gone) return
    this.apply({ type: 'detached' })
    await this.saveNow()
  }

  /**
   * Saves this page's version under a free name, then takes theirs, or nothing when there is none; gives the name.
   * What was typed meanwhile stays.
   */
  async saveMineAsCopy(): Promise<string> {
    const text = this.current?.text ?? ''
    const { kind } = this.address
    const name = await createDocument(this.client, `${this.address.name}-copy`, { kind, text })
    const { current } = this
    if (current?.text !== text) return name
    if (current.gone) this.letGo(current.gone)
    else this.takeTheirs()
    return name
  }

  private letGo(problem: Problem): void {
    this.cancelTimer()
    this.drafts.drop(this.address)
    this.view.set({ state: 'unavailable', problem })
  }

  /** Ends the timers; what is not saved is sent once more and stays as a draft. */
  close(): void {
    if (this.isClosed) return
    if (this.current && isUnsaved(this.current)) void this.saveNow()
    this.isClosed = true
    this.cancelTimer()
  }

  /** Forgets the draft too: the document is deleted or renamed. */
  abandon(): void {
    this.isClosed = true
    this.cancelTimer()
    this.drafts.drop(this.address)
  }

  private apply(event: DocumentEvent): void {
    const document = this.current
    if (document) this.show(reduceDocument(document, event))
  }

  private show(document: DocumentState): void {
    const before = this.current
    if (!isUnsaved(document)) this.drafts.drop(this.address)
    else if (document.text !== before?.text || document.base !== before.base) {
      this.drafts.keep(this.address, { text: document.text, baseEtag: document.base?.etag ?? '' })
    }
    this.view.set({ state: 'open', document })
  }

  private planSave(): void {
    const phase = this.current?.phase
    if (phase?.is === 'unsaved') this.plan(saveDelayMs, () => void this.saveNow())
    if (phase?.is === 'failed' && phase.retries) {
      this.plan(this.nextRetryDelay(), () => void this.saveNow())
    }
  }

  private plan(delayMs: number, call: () => void): void {
    this.cancelTimer()
    if (!this.isClosed) this.cancelTimer = this.clock.after(delayMs, call)
  }

  private nextRetryDelay(): number {
    const delay = retryDelaysMs[Math.min(this.attempts, retryDelaysMs.length - 1)] ?? 0
    this.attempts += 1
    return delay
  }
}

function isWorthRetry(problem: Problem): boolean {
  return problem.retryable || isMendedByOthers(problem)
}
