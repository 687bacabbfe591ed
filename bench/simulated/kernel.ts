import type { TableFiles } from '../../backend/ingest/open-tables.ts'
import type { PendingRows } from '../../backend/ingest/pending-rows.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Where an event of the lake came from. */
export interface Row {
  readonly partition: number
  readonly offset: number
}

/** What decodes events and builds, merges and reads files. */
export interface Kernel {
  openPending(process: SimulatedProcess): Promise<PendingRows>
  openFiles(process: SimulatedProcess): Promise<TableFiles>
  /** The rows of a table's data files on the simulated disk. */
  rowsOf(table: 'events' | 'deadLetters', files: readonly string[]): Promise<Row[]>
  close(): Promise<void>
}
