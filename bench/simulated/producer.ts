import type { SimulatedIngest } from './simulated-ingest.ts'
import type { Turns } from './turns.ts'
import { definition, type Work } from './workload.ts'

const patienceMs = 5_000
const retryMs = 100

/**
 * Appends by HTTP, as the command does: each append is numbered, and repeated with its number until it is acknowledged,
 * whatever process answers.
 */
export class Producer {
  readonly #turns: Turns
  readonly #actor = { isDead: false, frozenUntil: 0 }
  readonly #server: () => SimulatedIngest | undefined
  isDone = false

  /** @param server the process that answers now */
  constructor(turns: Turns, server: () => SimulatedIngest | undefined) {
    this.#turns = turns
    this.#server = server
  }

  async run(appends: Work['appends']): Promise<void> {
    for (const [index, { values, afterMs }] of appends.entries()) {
      await this.#turns.sleep(this.#actor, afterMs)
      while (!(await this.#send(values, index + 1))) {
        await this.#turns.sleep(this.#actor, retryMs)
      }
    }
    this.isDone = true
  }

  /** Answers whether it was acknowledged. */
  async #send(values: readonly string[], sequence: number): Promise<boolean> {
    const server = this.#server()
    if (server === undefined) return false
    const records = values.map(value => ({ key: undefined, value: Buffer.from(value) }))
    const { process, stores } = server
    const append = async (): Promise<boolean> => {
      await stores.eventLog.ensureTopic(definition.stream, {
        partitionCount: definition.partitions ?? 1,
        retention: { ageMsMax: Infinity, bytesMax: Infinity },
      })
      const options = { producer: { id: 'producer', sequence } }
      await stores.eventLog.append(definition.stream, records, options)
      return true
    }
    const answer = process.touch({ name: 'POST events' }, append).catch(() => false)
    const patience = this.#turns.sleep(this.#actor, patienceMs).then(() => false)
    return Promise.race([answer, patience])
  }
}
