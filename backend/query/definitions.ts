import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure, isFailure } from '../base/failure.ts'
import type { Log } from '../base/log.ts'
import type { Definition, DefinitionStore } from '../live/definition-store.ts'

/** Where what is defined becomes something that statements see. */
export interface DefinitionEngine<D> {
  /**
   * Makes it, in place of one of its name; resolves when statements see it.
   * @throws Failure for what is wrong with it
   */
  add(definition: D): Promise<void>
  remove(name: string): Promise<void>
}

export interface DefinitionsParts<D extends Definition> {
  readonly store: DefinitionStore<D>
  readonly engine: DefinitionEngine<D>
  readonly clock: Clock
  readonly log: Log
  /** What it is called, such as `live view`, and how it is replaced. */
  readonly words: { readonly kind: string; readonly other: string }
  readonly codes: {
    readonly exists: 'view-exists' | 'table-exists'
    readonly unknown: 'unknown-view' | 'unknown-table'
  }
  isSame(one: Omit<D, 'id'>, other: Omit<D, 'id'>): boolean
  /** Statements find others than before. */
  onChange(): void
}

export type DefinitionOutcome = 'created' | 'replaced' | 'unchanged' | 'dropped'

const followEveryMs = 2_000

/** Makes and drops definitions of one kind, and follows those that other processes make and drop. */
export class Definitions<D extends Definition> {
  readonly #parts: DefinitionsParts<D>
  /** Name → the one that the engine has. */
  readonly #known = new Map<string, D>()
  /** Ids of those that the engine refused: they are not asked for again. */
  readonly #refused = new Set<string>()
  readonly #abort = new AbortController()
  #following: Promise<void> = Promise.resolve()
  #opening: Promise<void> | undefined
  /** Changes happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(parts: DefinitionsParts<D>) {
    this.#parts = parts
  }

  /** Resolves when those that are there have been made, or cannot be read. */
  async start(): Promise<void> {
    await this.#readAll()
    this.#following = this.#follow()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#following
  }

  known(name: string): D | undefined {
    return this.#known.get(name)
  }

  all(): D[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @throws Failure `…-exists`, and what the engine says of it */
  create(
    wanted: Omit<D, 'id'>,
    { replaces, ifAbsent }: { replaces: boolean; ifAbsent: boolean },
  ): Promise<DefinitionOutcome> {
    return this.#next(async () => {
      const { store, engine, words, codes, isSame } = this.#parts
      const { name } = wanted
      await this.#open()
      const before = await store.get(name)
      if (before && isSame(before, wanted)) {
        await this.#take(before)
        return 'unchanged'
      }
      if (before && ifAbsent) return 'unchanged'
      if (before && !replaces) {
        const { kind, other } = words
        throw new Failure(codes.exists, `The ${kind} ${name} is there, with ${other}.`, {
          hint: `CREATE OR REPLACE ${kind.toUpperCase()} puts this one in its place.`,
        })
      }
      const after = { ...wanted, id: randomUUID() } as D
      await engine.add(after)
      this.#knows(after)
      if (!(await store.replace(before, after))) throw this.#changedMeanwhile(name)
      return before ? 'replaced' : 'created'
    })
  }

  /** @throws Failure `unknown-…` */
  drop(name: string, ifThere: boolean): Promise<DefinitionOutcome> {
    return this.#next(async () => {
      const { store, words, codes } = this.#parts
      await this.#open()
      const before = await store.get(name)
      if (before === undefined) {
        if (ifThere) return 'unchanged'
        throw new Failure(codes.unknown, `There is no ${words.kind} ${name}.`, {
          hint: `SHOW ${words.kind.toUpperCase()}S lists those that are there.`,
        })
      }
      if (!(await store.drop(before))) throw this.#changedMeanwhile(name)
      await this.#leave(name)
      return 'dropped'
    })
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#parts.clock.sleep(followEveryMs, signal)
      if (!signal.aborted) await this.#readAll()
    }
  }

  async #readAll(): Promise<void> {
    const { store, log, words } = this.#parts
    try {
      await this.#open()
      await this.#next(async () => this.#takeAll(await store.list()))
    } catch (error) {
      log.warn({ err: error, kind: words.kind }, 'definitions cannot be followed')
    }
  }

  #open(): Promise<void> {
    this.#opening ??= this.#parts.store.open().catch(error => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #takeAll(definitions: readonly D[]): Promise<void> {
    const names = new Set(definitions.map(({ name }) => name))
    for (const name of this.#known.keys()) if (!names.has(name)) await this.#leave(name)
    for (const definition of definitions) {
      const { name, id } = definition
      if (this.#refused.has(id)) continue
      await this.#take(definition).catch(error => {
        const { kind } = this.#parts.words
        if (isFailure(error) && !error.retryable) this.#refused.add(id)
        this.#parts.log.warn({ err: error, kind, name }, 'a definition cannot be followed')
      })
    }
  }

  async #take(definition: D): Promise<void> {
    if (this.#known.get(definition.name)?.id === definition.id) return
    await this.#parts.engine.add(definition)
    this.#knows(definition)
  }

  #knows(definition: D): void {
    this.#known.set(definition.name, definition)
    this.#parts.onChange()
  }

  async #leave(name: string): Promise<void> {
    if (!this.#known.delete(name)) return
    await this.#parts.engine.remove(name)
    this.#parts.onChange()
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work, work)
    this.#changes = done.catch(() => {})
    return done
  }

  #changedMeanwhile(name: string): Failure {
    const { words, codes } = this.#parts
    return new Failure(codes.exists, `Someone else has changed the ${words.kind} ${name}.`, {
      hint: `SHOW ${words.kind.toUpperCase()}S shows it as it is; run the statement again to change it.`,
    })
  }
}
