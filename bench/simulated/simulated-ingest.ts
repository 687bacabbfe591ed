import { messageOf } from '../../backend/base/failure.ts'
import { silentLog } from '../../backend/base/log.ts'
import type { PartitionRange, Positions } from '../../backend/events/event-log.ts'
import type { RecordBatch } from '../../backend/events/record-batch.ts'
import type { IngestFollower } from '../../backend/ingest/ingest-parts.ts'
import { Ingester } from '../../backend/ingest/ingester.ts'
import { committedPositions } from '../../backend/ingest/lake-commit.ts'
import { type OpenedTables, openTables } from '../../backend/ingest/open-tables.ts'
import { StreamProgress } from '../../backend/ingest/stream-progress.ts'
import type { StreamTables } from '../../backend/ingest/stream-tables.ts'
import type { Kernel } from './kernel.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Stores } from './stores.ts'
import { definition, type Work } from './workload.ts'

/** A process that takes the stream from the log into the live store and the lake. */
export class SimulatedIngest {
  readonly process: SimulatedProcess
  readonly stores: Stores
  readonly tables: StreamTables
  /** What the parts that follow ingest were told wrongly. */
  readonly complaints: string[] = []
  readonly #opened: OpenedTables
  readonly #ingester: Ingester
  readonly #progress: StreamProgress

  private constructor(
    process: SimulatedProcess,
    stores: Stores,
    opened: OpenedTables,
    options: { kernel: Kernel; work: Work },
  ) {
    const tables = opened.byStream.get(definition.stream)
    if (!tables) throw new Error('The stream has no tables.')
    this.process = process
    this.stores = stores
    this.tables = tables
    this.#opened = opened
    this.#progress = new StreamProgress(definition.stream, process.clock.now())
    const parts = {
      ...stores,
      definition,
      tables,
      maintenance: opened.maintenanceOf(definition.stream),
      openPending: () => options.kernel.openPending(process),
      progress: this.#progress,
      follower: this.#follower(),
      clock: process.clock,
      log: silentLog,
    }
    this.#ingester = new Ingester(parts, options.work.ingest)
  }

  /** A process that cannot open its stores ends, as the real one does. */
  static async start(
    process: SimulatedProcess,
    stores: Stores,
    options: { kernel: Kernel; work: Work },
  ): Promise<SimulatedIngest> {
    const { clock } = process
    const openFiles = () => options.kernel.openFiles(process)
    const parts = { lake: stores.lake, clock, openFiles }
    const opened = await openTables([definition], parts, options.work.maintenance)
    const ingest = new SimulatedIngest(process, stores, opened, options)
    void ingest.#ingester.start()
    return ingest
  }

  /** What keeps it from going on by itself, if anything does. */
  get halt(): string | undefined {
    const { state, problem } = this.#progress.status(this.process.clock.now())
    return state === 'halted' ? `ingest halted: ${problem?.code}: ${problem?.detail}` : undefined
  }

  hasCommitted(partitions: readonly PartitionRange[]): boolean {
    const committed = committedPositions(this.tables.events.snapshot, definition.stream)
    return partitions.every(
      ({ partition, endOffset }) => (committed.get(partition) ?? 0) >= endOffset,
    )
  }

  async runUpkeep(): Promise<void> {
    for (const maintenance of this.#opened.maintenanceOf(definition.stream)) {
      await maintenance.run(new AbortController().signal)
      await maintenance.vacuum()
    }
  }

  readonly stop = (): Promise<void> => this.#ingester.stop()

  /** Statements see what ingest tells: from where it begins on, each offset once. */
  #follower(): IngestFollower {
    let expected = new Map<number, number>()
    return {
      begun(_stream: string, positions: Positions) {
        expected = new Map(positions)
      },
      tailWritten: (_stream: string, batches: readonly RecordBatch[]) => {
        for (const { partition, firstOffset, nextOffset } of batches) {
          if (firstOffset !== expected.get(partition)) {
            const wanted = `${partition}/${expected.get(partition)}`
            this.complaints.push(`told of ${partition}/${firstOffset} instead of ${wanted}`)
          }
          expected.set(partition, nextOffset)
        }
      },
      committed() {},
    }
  }
}

/** The text of a failure, for a verdict. */
export function told(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : messageOf(error)
}
