import { mkdir } from 'node:fs/promises'
import { type BatchOperation, ClassicLevel } from 'classic-level'
import { Failure, messageOf, storageFailure } from './failure.ts'
import { invariant } from './invariant.ts'

/** Fewer come where they are large: an iterator fetches some 16 KB at a time. */
const itemsAtATime = 1_000

type Store = ClassicLevel<Buffer, Buffer>
export type LevelOperation = BatchOperation<Store, Buffer, Buffer>

/** Keys from `gte` up to, not including, `lt`. */
export interface KeyRange {
  readonly gte: Buffer
  readonly lt: Buffer
  readonly reverse?: boolean
  readonly limit?: number
}

/** Sorted binary keys and values that outlive the process: LevelDB, or a simulation of it. */
export interface OrderedDatabase {
  /** Resolves when the operations, all or none, survive a crash of the machine. */
  writeDurably(operations: readonly LevelOperation[]): Promise<void>
  /** Resolves when the operations, all or none, survive a crash of this process. */
  write(operations: readonly LevelOperation[]): Promise<void>
  get(key: Buffer): Promise<Buffer | undefined>
  entries(range: KeyRange): AsyncGenerator<[Buffer, Buffer]>
  keys(range: KeyRange): AsyncGenerator<Buffer>
  clear(range: KeyRange): Promise<void>
  /** About how many bytes the keys of `range` take on disk; what was written last may not count yet. */
  approximateSize(range: KeyRange): Promise<number>
  close(): Promise<void>
}

/**
 * A LevelDB folder of binary keys and values. LevelDB refuses all writes after one has failed; this opens the folder
 * anew, so that a full disk stops nothing for good.
 */
export class LevelDatabase implements OrderedDatabase {
  readonly #folder: string
  #opening: Promise<Store> | undefined
  #current: Store | undefined
  #isClosed = false

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws Failure `home-in-use` when another process has the folder open */
  static async open(folder: string): Promise<LevelDatabase> {
    const database = new LevelDatabase(folder)
    await database.#store()
    return database
  }

  async writeDurably(operations: readonly LevelOperation[]): Promise<void> {
    await this.#write(operations, true)
  }

  async write(operations: readonly LevelOperation[]): Promise<void> {
    await this.#write(operations, false)
  }

  async get(key: Buffer): Promise<Buffer | undefined> {
    return (await this.#store()).get(key)
  }

  async *entries(range: KeyRange): AsyncGenerator<[Buffer, Buffer]> {
    yield* many((await this.#store()).iterator(range))
  }

  async *keys(range: KeyRange): AsyncGenerator<Buffer> {
    yield* many((await this.#store()).keys(range))
  }

  async clear(range: KeyRange): Promise<void> {
    await (await this.#store()).clear(range)
  }

  async approximateSize(range: KeyRange): Promise<number> {
    return (await this.#store()).approximateSize(range.gte, range.lt)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.#opening?.catch(() => undefined))?.close()
  }

  async #write(operations: readonly LevelOperation[], sync: boolean): Promise<void> {
    const store = await this.#store()
    try {
      await store.batch([...operations], { sync })
    } catch (error) {
      this.#discard(store)
      throw storageFailure(error, `writing to ${this.#folder}`)
    }
  }

  #store(): Promise<Store> {
    invariant(!this.#isClosed, `${this.#folder} is open while it is used`)
    this.#opening ??= this.#open(Promise.resolve())
    return this.#opening
  }

  #discard(store: Store): void {
    if (this.#current !== store || this.#isClosed) return
    this.#current = undefined
    this.#opening = this.#open(store.close())
    this.#opening.catch(() => {})
  }

  async #open(after: Promise<void>): Promise<Store> {
    try {
      await after
      this.#current = await openStore(this.#folder)
      return this.#current
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}

async function openStore(folder: string): Promise<Store> {
  await mkdir(folder, { recursive: true })
  const store: Store = new ClassicLevel(folder, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: 16 << 20,
  })
  try {
    await store.open()
  } catch (error) {
    const cause = (error as Error).cause
    if ((cause as { code?: string } | undefined)?.code === 'LEVEL_LOCKED') {
      throw new Failure('home-in-use', `Another process has ${folder} open.`, {
        hint: 'Stop the other Millrace, or start this one with another MILLRACE_HOME.',
        cause: error,
      })
    }
    throw storageFailure(cause ?? error, `opening ${folder} (${messageOf(cause ?? error)})`)
  }
  return store
}

/** What an iterator finds, which is asked for many at a time: one at a time takes a third to a half longer. */
async function* many<T>(iterator: {
  nextv(size: number): Promise<T[]>
  close(): Promise<void>
}): AsyncGenerator<T> {
  try {
    for (;;) {
      const found = await iterator.nextv(itemsAtATime)
      if (found.length === 0) return
      for (const each of found) yield each
    }
  } finally {
    await iterator.close()
  }
}
