import { readDuckDbError } from '../../../backend/contract/duckdb-error.ts'
import { ProblemError } from '../api-client/problem-error.ts'
import type { LocalTable, TableLoader } from '../engine/local-table.ts'
import { arrowTable } from '../engine/local-table.ts'
import type { Bytes } from '../result/result.ts'

/** A file that somebody has put into a notebook; it never leaves the browser. */
export interface DroppedFile {
  /** What statements call it. */
  readonly name: string
  readonly file: File
}

type Format = 'csv' | 'json' | 'parquet' | 'arrow'

const formats: Readonly<Record<string, Format>> = {
  ...{ csv: 'csv', tsv: 'csv', txt: 'csv', json: 'json', ndjson: 'json', jsonl: 'json' },
  ...{ parquet: 'parquet', arrow: 'arrow', arrows: 'arrow', feather: 'arrow' },
}
const formatNames: Record<Format, string> = {
  ...{ csv: 'CSV', json: 'JSON', parquet: 'Parquet', arrow: 'Arrow' },
}
export const fileEndings = Object.keys(formats).map(ending => `.${ending}`)

/** Above that a file does not fit the browser's engine beside what it computes. */
const fileBytesMax = 512 * 2 ** 20
/** `FileReader`'s number in the engine's protocol. */
const fileReader = 2
const tables = new WeakMap<File, LocalTable>()

/** The rows of a file; reading it can fail with a `ProblemError` that says why. */
export function tableOfFile(file: File): LocalTable {
  const known = tables.get(file) ?? { bytes: file.size, load: loadFile(file) }
  tables.set(file, known)
  return known
}

/** @throws ProblemError when a file of this kind or size cannot be read */
export function checkFile({ name, size }: Pick<File, 'name' | 'size'>): void {
  if (formatOf(name) === undefined) {
    throw problem(
      `${name} is no file of a kind that can be read.`,
      `Drop one of ${fileEndings.join(', ')}.`,
    )
  }
  if (size <= fileBytesMax) return
  const [mega, most] = [size, fileBytesMax].map(bytes => Math.round(bytes / 2 ** 20))
  throw problem(
    `${name} has ${mega} MB; a browser takes files of up to ${most} MB.`,
    'Filter it first, or send its rows to a stream with npm run produce.',
  )
}

/** A name for a file that is none of those that are taken: `Sales 2024.csv` is `sales_2024`. */
export function tableNameOf(fileName: string, isTaken: (name: string) => boolean): string {
  const stem = fileName.replace(/\.[^.]*$/, '').toLowerCase()
  const plain = stem.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '')
  const name = /^[\p{L}_]/u.test(plain) ? plain : `file_${plain}`.replace(/_$/, '')
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? name : `${name}_${n}`
    if (!isTaken(candidate)) return candidate
  }
}

function formatOf(fileName: string): Format | undefined {
  return formats[fileName.split('.').at(-1)?.toLowerCase() ?? '']
}

function loadFile(file: File): LocalTable['load'] {
  const format = formatOf(file.name) ?? 'csv'
  return async (engine, table) => {
    try {
      await loaders[format](file, engine, table)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      const [line = text] = readDuckDbError(text, '').detail.split('\n')
      throw problem(
        `${file.name} cannot be read as ${formatNames[format]}: ${line}`,
        'Drop a file that is complete, under the ending that says what it is.',
      )
    }
  }
}

const loaders: Record<Format, (file: File, engine: TableLoader, table: string) => Promise<void>> = {
  async csv(file, { db, run }, table) {
    const path = `${table}.csv`
    await db.registerFileHandle(path, file, fileReader, true)
    try {
      await run(`CREATE TABLE ${table} AS FROM read_csv('${path}')`)
    } finally {
      await db.dropFile(path)
    }
  },
  async json(file, { db, connection }, table) {
    const path = `${table}.json`
    await db.registerFileText(path, jsonArray(await file.text()))
    try {
      await db.insertJSONFromPath(connection, path, { name: table, schema: 'main', create: true })
    } finally {
      await db.dropFile(path)
    }
  },
  async parquet(file, engine, table) {
    const { readParquet } = await import('./read-parquet.ts')
    await arrowTable([await readParquet(await file.arrayBuffer())]).load(engine, table)
  },
  async arrow(file, engine, table) {
    const { arrowStream } = await import('./arrow-file.ts')
    const bytes: Bytes = new Uint8Array(await file.arrayBuffer())
    await arrowTable([arrowStream(bytes)]).load(engine, table)
  },
}

/** One object a line becomes an array of them. */
export function jsonArray(text: string): string {
  const trimmed = text.replace(/^\ufeff/, '').trim()
  if (trimmed === '') throw new Error('there is nothing in it')
  if (trimmed.startsWith('[')) return trimmed
  const lines = trimmed.split('\n').filter(line => line.trim() !== '')
  const isPerLine = lines.every(line => line.trim().startsWith('{') && line.trim().endsWith('}'))
  return isPerLine ? `[${lines.join(',\n')}]` : `[${trimmed}]`
}

function problem(detail: string, hint: string): ProblemError {
  const title = 'The file cannot be read'
  return new ProblemError({
    ...{ type: 'about:blank', title, status: 0, code: 'page', detail, hint, retryable: false },
  })
}
