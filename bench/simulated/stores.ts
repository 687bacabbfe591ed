import { dirname, join } from 'node:path'
import type { OrderedDatabase } from '../../backend/base/level-database.ts'
import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import type { EventLog } from '../../backend/events/event-log.ts'
import type { Lake } from '../../backend/lake/lake.ts'
import { LocalLake } from '../../backend/lake/local-lake.ts'
import { EmbeddedLiveStore } from '../../backend/live/embedded-live-store.ts'
import type { LiveStore } from '../../backend/live/live-store.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Sabotage } from './sabotage.ts'
import { SimulatedDatabase, simulatedDatabase } from './simulated-database.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { simulatedFiles } from './simulated-files.ts'
import { Faults, SimulatedProcess, type Surroundings } from './simulated-process.ts'
import { withFaults } from './with-faults.ts'

export interface Stores {
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  readonly lake: Lake
}

/** What outlives the processes of a run. */
export class Machine {
  readonly disk: SimulatedDisk
  readonly #log = new SimulatedDatabase()
  readonly #live = new SimulatedDatabase()
  readonly #root: string
  readonly #kind: FaultPlan['stores']
  readonly #sabotage: Sabotage
  readonly #surroundings: Surroundings
  #shared: Promise<Stores> | undefined

  constructor(
    options: { root: string; stores: FaultPlan['stores']; sabotage: Sabotage },
    surroundings: Omit<Surroundings, 'losePower'>,
  ) {
    this.#sabotage = options.sabotage
    this.#root = options.root
    this.#kind = options.stores
    this.#surroundings = { ...surroundings, losePower: () => this.#losePower() }
    this.disk = new SimulatedDisk(() => surroundings.turns.now + this.#surroundings.clockOffsetMs)
    this.disk.makeFolder(options.root)
    for (let folder = options.root; folder !== '/'; ) {
      folder = dirname(folder)
      this.disk.sync(folder)
    }
  }

  get surroundings(): Surroundings {
    return this.#surroundings
  }

  startProcess(name: string): SimulatedProcess {
    return new SimulatedProcess(name, this.#surroundings)
  }

  /** The stores as a process has them, once it has opened them. */
  async openStores(process: SimulatedProcess): Promise<Stores> {
    if (this.#kind === 'own') return this.#openOwn(process)
    this.#shared ??= this.#openOwn(this.startObserver())
    const { eventLog, liveStore, lake } = await this.#shared
    return {
      eventLog: withFaults(eventLog, process, 'log'),
      liveStore: withFaults(liveStore, process, 'live store'),
      lake: withFaults(lake, process, 'lake'),
    }
  }

  async #openOwn(process: SimulatedProcess): Promise<Stores> {
    const { clock } = process
    const log = simulatedDatabase(this.#log, process, 'log database')
    const live = simulatedDatabase(this.#live, process, 'live database')
    const { files: sabotageFiles = same, lake: sabotageLake = same } = this.#sabotage
    const files = sabotageFiles(simulatedFiles(this.disk, process))
    return {
      eventLog: EmbeddedEventLog.over(log, clock),
      liveStore: await EmbeddedLiveStore.over(live, clock),
      lake: sabotageLake(await LocalLake.open(join(this.#root, 'lake'), files)),
    }
  }

  /** The log's database as one sees it who changes nothing. */
  openLog(): OrderedDatabase {
    return simulatedDatabase(this.#log, this.startObserver(), 'log database')
  }

  /** One whose operations are not those of the plan. */
  startObserver(): SimulatedProcess {
    return new SimulatedProcess('observer', { ...this.#surroundings, faults: new Faults([]) })
  }

  /** Shared stores are on other machines. */
  #losePower(): void {
    if (this.#kind === 'shared') return
    const { random } = this.#surroundings
    this.disk.losePower(random)
    this.#log.losePower(random)
    this.#live.losePower(random)
  }
}

function same<T>(whole: T): T {
  return whole
}
