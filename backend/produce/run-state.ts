import { createHash, randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, replaceFile } from '../base/durable-file.ts'
import type { Place } from './source.ts'

/** How far a run has come: kept until it is through, so that the next one goes on there. */
export interface RunState extends Place {
  /** Names the run to the log, so that an append whose answer was lost is not there twice. */
  readonly producerId: string
  /** Appends that were answered. */
  readonly sequence: number
  readonly batchCount: number
  readonly accepted: number
  readonly deadLetters: number
  /** When the run began, in milliseconds since the epoch. */
  readonly startedAt: number
}

export function newRun(batchCount: number, now: number): RunState {
  const counts = { sequence: 0, accepted: 0, deadLetters: 0 }
  return {
    producerId: `produce ${randomUUID()}`,
    ...counts,
    batchCount,
    end: 0,
    line: 0,
    startedAt: now,
  }
}

/** The file that keeps the state of runs of one source. */
export class RunFile {
  readonly #file: string
  readonly #folder: string

  constructor(home: string, identity: string) {
    const name = createHash('sha256').update(identity).digest('hex').slice(0, 32)
    this.#folder = join(home, 'produce')
    this.#file = join(this.#folder, `${name}.json`)
  }

  /** The run that was not through, if there is one. */
  async read(): Promise<RunState | undefined> {
    const text = await readFile(this.#file, 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as RunState)
  }

  async write(state: RunState): Promise<void> {
    await makeFolder(this.#folder)
    await replaceFile(this.#file, JSON.stringify(state))
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}
