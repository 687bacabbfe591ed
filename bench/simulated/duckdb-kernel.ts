import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBInstance } from '@duckdb/node-api'
import { openDuckDb } from '../../backend/base/duckdb.ts'
import { literal } from '../../backend/base/sql.ts'
import { DuckDbPendingRows } from '../../backend/ingest/duckdb-pending-rows.ts'
import { openParquetFiles, type TableFiles } from '../../backend/ingest/open-tables.ts'
import type { PendingRows } from '../../backend/ingest/pending-rows.ts'
import type { RowSource } from '../../backend/lake/parquet-writer.ts'
import type { Kernel, Row } from './kernel.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Turns } from './turns.ts'
import { definition } from './workload.ts'

export interface DuckDbKernelParts {
  /** Of the real disk: files go through it, under the names that they have on the simulated one. */
  readonly folder: string
  readonly disk: SimulatedDisk
  readonly turns: Turns
}

/** DuckDB itself, on a real disk beside the simulated one: what it does takes no turn, so that its speed decides nothing. */
export class DuckDbKernel implements Kernel {
  readonly #duckDb: DuckDBInstance
  readonly #parts: DuckDbKernelParts

  private constructor(duckDb: DuckDBInstance, parts: DuckDbKernelParts) {
    this.#duckDb = duckDb
    this.#parts = parts
  }

  static async open(parts: DuckDbKernelParts): Promise<DuckDbKernel> {
    const { folder } = parts
    await mkdir(join(folder, 'simulated/lake/.staging'), { recursive: true })
    const settings = { threads: 1, memoryBytesMax: 1 << 28, spillFolder: folder }
    return new DuckDbKernel(await openDuckDb(settings), parts)
  }

  async openPending(process: SimulatedProcess): Promise<PendingRows> {
    const { turns, folder } = this.#parts
    const pending = await turns.busy(() => DuckDbPendingRows.open(this.#duckDb, definition, folder))
    return {
      get count() {
        return pending.count
      },
      add: batches => turns.busy(() => pending.add(batches)),
      seal: async () => {
        const sealed = await turns.busy(() => pending.seal())
        return {
          accounting: sealed.accounting,
          rows: sealed.rows && this.#exchanged(sealed.rows, process),
          deadLettersAbove: offsets => this.#exchanged(sealed.deadLettersAbove(offsets), process),
          release: () => turns.busy(() => sealed.release()),
        }
      },
      close: () => turns.busy(() => pending.close()),
    }
  }

  async openFiles(process: SimulatedProcess): Promise<TableFiles> {
    const { turns } = this.#parts
    const { mergedRows, checkpoints } = await turns.busy(() => openParquetFiles(this.#duckDb))
    return {
      mergedRows: merge => ({
        writeFiles: async (target, take) => {
          await turns.busy(() => this.#bringOut(merge.localFiles))
          return this.#exchanged(mergedRows(merge), process).writeFiles(target, take)
        },
      }),
      checkpoints: {
        write: async (actions, folder, take) => {
          await process.touch({ name: 'build checkpoint' }, () => {})
          return turns.busy(() =>
            checkpoints.write(actions, folder, async file => {
              await this.#bringIn(file)
              return turns.meanwhile(() => take(file))
            }),
          )
        },
        read: file =>
          turns.busy(async () => {
            await this.#bringOut([file])
            return checkpoints.read(file)
          }),
      },
    }
  }

  async rowsOf(table: 'events' | 'deadLetters', files: readonly string[]): Promise<Row[]> {
    if (files.length === 0) return []
    await this.#bringOut(files)
    const [partition, offset] =
      table === 'events' ? ['_partition', '_offset'] : ['log_partition', 'log_offset']
    const connection = await this.#duckDb.connect()
    const read = await connection.runAndReadAll(
      `SELECT ${partition} AS "partition", ${offset}::DOUBLE AS "offset"
        FROM read_parquet([${files.map(literal).join(', ')}])`,
    )
    return read.getRowObjectsJS() as unknown as Row[]
  }

  async close(): Promise<void> {
    this.#duckDb.closeSync()
  }

  #exchanged(rows: RowSource, process: SimulatedProcess): RowSource {
    const { turns, disk } = this.#parts
    return {
      writeFiles: async (target, take) => {
        await process.touch({ name: 'build files' }, () => {})
        return turns.busy(() =>
          rows.writeFiles(target, async written => {
            for (const { filename } of written) await this.#bringIn(filename)
            try {
              return await turns.meanwhile(() => take(written))
            } finally {
              disk.remove(target.folder)
            }
          }),
        )
      },
    }
  }

  async #bringIn(path: string): Promise<void> {
    const { disk } = this.#parts
    disk.makeFolder(dirname(path))
    disk.create(path)
    disk.write(path, await readFile(path))
  }

  async #bringOut(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, this.#parts.disk.read(path))
    }
  }
}
