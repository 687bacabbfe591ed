import type {
  KeyRange,
  LevelOperation,
  OrderedDatabase,
} from '../../backend/base/level-database.ts'
import type { Random } from './random.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Sorted keys and values that keep no more than LevelDB must: when the power goes, the last writes may, if not synced. */
export class SimulatedDatabase {
  #values = new Map<string, Buffer>()
  #sorted: string[] | undefined
  #durable = new Map<string, Buffer>()
  #unsynced: (readonly LevelOperation[])[] = []

  write(operations: readonly LevelOperation[]): void {
    apply(operations, this.#values)
    this.#sorted = undefined
    this.#unsynced.push(operations)
  }

  sync(): void {
    for (const operations of this.#unsynced) apply(operations, this.#durable)
    this.#unsynced = []
  }

  get(key: Buffer): Buffer | undefined {
    return this.#values.get(nameOf(key))
  }

  entriesIn({ gte, lt, reverse = false, limit = Infinity }: KeyRange): [Buffer, Buffer][] {
    this.#sorted ??= [...this.#values.keys()].sort()
    const [from, to] = [nameOf(gte), nameOf(lt)]
    const names = this.#sorted.filter(name => name >= from && name < to)
    if (reverse) names.reverse()
    return names
      .slice(0, limit)
      .map(name => [Buffer.from(name, 'latin1'), this.#values.get(name) ?? Buffer.alloc(0)])
  }

  /** Writes are lost from the end: they are in one log. */
  losePower(random: Random): void {
    this.#unsynced.length = random.between(0, this.#unsynced.length)
    this.sync()
    this.#values = new Map(this.#durable)
    this.#sorted = undefined
  }
}

/** The database as one process uses it. */
export function simulatedDatabase(
  database: SimulatedDatabase,
  process: SimulatedProcess,
  name: string,
): OrderedDatabase {
  const entries = (range: KeyRange) =>
    process.touch({ name: `${name} entries` }, () => database.entriesIn(range))
  return {
    writeDurably: operations =>
      process.touch({ name: `${name} write durably`, does: 'sync' }, manner => {
        database.write(operations)
        if (manner === 'whole') database.sync()
      }),
    write: operations => process.touch({ name: `${name} write` }, () => database.write(operations)),
    get: key => process.touch({ name: `${name} get` }, () => database.get(key)),
    async *entries(range) {
      yield* await entries(range)
    },
    async *keys(range) {
      for (const [key] of await entries(range)) yield key
    },
    clear: range =>
      process.touch({ name: `${name} clear` }, () => {
        database.write(database.entriesIn(range).map(([key]) => ({ type: 'del', key })))
      }),
    approximateSize: async range =>
      (await entries(range)).reduce((sum, [key, value]) => sum + key.length + value.length, 0),
    close: async () => {},
  }
}

function apply(operations: readonly LevelOperation[], values: Map<string, Buffer>): void {
  for (const operation of operations) {
    if (operation.type === 'put') values.set(nameOf(operation.key), operation.value)
    else values.delete(nameOf(operation.key))
  }
}

/** Names compare as their bytes do. */
function nameOf(key: Buffer): string {
  return key.toString('latin1')
}
