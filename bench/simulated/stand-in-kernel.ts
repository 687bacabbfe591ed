import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { offsetAt, type RecordBatch, valuesAt } from '../../backend/events/record-batch.ts'
import {
  type Accounting,
  accountFor,
  addAccounting,
  checkIdentity,
} from '../../backend/ingest/accounting.ts'
import type { TableFiles } from '../../backend/ingest/open-tables.ts'
import type { PendingRows } from '../../backend/ingest/pending-rows.ts'
import { type Action, parseActions, serialiseActions } from '../../backend/lake/delta-log.ts'
import type { RowSource, WrittenFile } from '../../backend/lake/parquet-writer.ts'
import type { Kernel, Row } from './kernel.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Does in plain JavaScript what DuckDB does, for rows of the one stream of the simulation; its files are lines of JSON. */
export class StandInKernel implements Kernel {
  readonly #disk: SimulatedDisk

  constructor(disk: SimulatedDisk) {
    this.#disk = disk
  }

  async openPending(process: SimulatedProcess): Promise<PendingRows> {
    let current = newGathering()
    return {
      get count() {
        const parts = [...current.accounting.values()]
        return parts.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0)
      },
      add: async batches => gather(current, batches),
      seal: async () => {
        const { accounting, rows, deadLetters } = current
        current = newGathering()
        return {
          accounting,
          rows: rows.length === 0 ? undefined : this.#sourceOf(() => rows, process),
          deadLettersAbove: offsets =>
            this.#sourceOf(() => deadLetters.filter(isAbove(offsets)), process),
          release: async () => {},
        }
      },
      close: async () => {},
    }
  }

  async openFiles(process: SimulatedProcess): Promise<TableFiles> {
    const disk = this.#disk
    return {
      mergedRows: ({ localFiles }) =>
        this.#sourceOf(() => localFiles.flatMap(file => parseRows(disk.read(file))), process),
      checkpoints: {
        async write(actions: Iterable<Action>, folder: string, take) {
          const file = join(folder, randomUUID())
          const content = Buffer.from(serialiseActions(actions))
          await process.touch({ name: 'build checkpoint' }, () => put(disk, file, content))
          try {
            return await take(file)
          } finally {
            disk.remove(file)
          }
        },
        read: async (file: string) => parseActions(disk.read(file).toString(), file),
      },
    }
  }

  async rowsOf(_table: string, files: readonly string[]): Promise<Row[]> {
    return files.flatMap(file => parseRows(this.#disk.read(file)))
  }

  async close(): Promise<void> {}

  #sourceOf(rows: () => readonly DatedRow[], process: SimulatedProcess): RowSource {
    const disk = this.#disk
    return {
      async writeFiles({ folder }, take) {
        const written = await process.touch({ name: 'build files' }, () =>
          writeFiles(disk, folder, rows()),
        )
        try {
          return await take(written)
        } finally {
          disk.remove(folder)
        }
      },
    }
  }
}

/** The date is that of its file. */
interface DatedRow extends Row {
  readonly date: string
}

interface Gathering {
  accounting: Accounting
  readonly rows: DatedRow[]
  readonly deadLetters: DatedRow[]
}

function newGathering(): Gathering {
  return { accounting: new Map(), rows: [], deadLetters: [] }
}

function isAbove(offsets: ReadonlyMap<number, number>): (row: DatedRow) => boolean {
  return ({ partition, offset }) => offset > (offsets.get(partition) ?? Infinity)
}

function gather(current: Gathering, batches: readonly RecordBatch[]): void {
  const deadLetters: DatedRow[] = []
  for (const batch of batches) {
    const indexes = Array.from({ length: batch.count }, (_, index) => index)
    for (const [index, value] of [...valuesAt(batch, indexes)].entries()) {
      const place = { partition: batch.partition, offset: offsetAt(batch, index) }
      const date = /"at":"(\d{4}-\d\d-\d\d)/.exec(value.toString())?.[1]
      if (date !== undefined) current.rows.push({ ...place, date })
      else deadLetters.push({ ...place, date: '2026-01-01' })
    }
  }
  const accounting = accountFor(batches, deadLetters)
  checkIdentity(accounting)
  current.deadLetters.push(...deadLetters)
  current.accounting = addAccounting(current.accounting, accounting)
}

function writeFiles(disk: SimulatedDisk, folder: string, rows: readonly DatedRow[]): WrittenFile[] {
  const dates = [...new Set(rows.map(row => row.date))]
  return dates.map(date => {
    const ofDate = rows.filter(row => row.date === date)
    const filename = join(folder, `event_date=${date}`, `part-${randomUUID()}.parquet`)
    const content = serialiseRows(ofDate)
    disk.makeFolder(join(folder, `event_date=${date}`))
    put(disk, filename, content)
    return {
      filename,
      count: String(ofDate.length),
      file_size_bytes: String(content.length),
      column_statistics: [],
      partition_keys: [{ key: 'event_date', value: date }],
    }
  })
}

function put(disk: SimulatedDisk, path: string, content: Buffer): void {
  disk.create(path)
  disk.write(path, content)
}

/** The last line says how many there are: a part of a file is not taken for a whole one. */
function serialiseRows(rows: readonly DatedRow[]): Buffer {
  const lines = rows.map(row => `${JSON.stringify(row)}\n`)
  return Buffer.from(`${lines.join('')}end ${rows.length}\n`)
}

function parseRows(content: Buffer): DatedRow[] {
  const lines = content.toString().split('\n').slice(0, -1)
  const end = lines.pop()
  if (end !== `end ${lines.length}`) throw new Error('A data file is torn.')
  return lines.map(line => JSON.parse(line) as DatedRow)
}
