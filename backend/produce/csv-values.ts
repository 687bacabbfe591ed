import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { Failure, messageOf } from '../base/failure.ts'
import type { CatalogColumn } from '../contract/catalog.ts'
import { CsvRow } from './csv-row.ts'
import type { SourceValue } from './source.ts'

const recordBytesMax = 2 ** 20

interface Parsed {
  readonly record: readonly string[]
  readonly raw: string
  readonly info: { readonly bytes: number; readonly lines: number }
}

export interface CsvOptions {
  readonly columns: readonly CatalogColumn[]
  /** The names of the first line, when `input` begins after it. */
  readonly header: readonly string[] | undefined
  /** Where `input` begins: bytes and lines before it. */
  readonly before: { readonly bytes: number; readonly lines: number }
}

/**
 * Turns the rows of a CSV file (RFC 4180, with a header) into JSON objects; a row with too few or too many fields stays
 * as it is.
 * @throws Failure `bad-request` when the header names none of the columns, or quoting is broken
 */
export async function* csvValues(
  input: Readable,
  options: CsvOptions,
): AsyncGenerator<SourceValue> {
  const { columns, before } = options
  let row = options.header && new CsvRow(options.header, columns)
  for await (const { record, raw, info } of parseRecords(input)) {
    if (!row) {
      row = new CsvRow(record, columns)
      continue
    }
    const value = row.json(record)
    yield {
      value: value ?? raw.replace(/[\r\n]+/g, ' ').trim(),
      end: before.bytes + info.bytes,
      line: before.lines + info.lines,
      trouble: value === undefined ? row.trouble(record) : undefined,
    }
  }
}

async function* parseRecords(input: Readable): AsyncGenerator<Parsed> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    raw: true,
    info: true,
    max_record_size: recordBytesMax,
  })
  input.on('error', error => parser.destroy(error))
  try {
    for await (const parsed of input.pipe(parser)) yield parsed as Parsed
  } catch (error) {
    const { code, lines } = error as { code?: string; lines?: number }
    if (!code?.startsWith('CSV_')) throw error
    throw new Failure(
      'bad-request',
      `The CSV cannot be read at line ${lines}: ${messageOf(error)}`,
      {
        hint: 'Quotes must come in pairs and stand around a whole field.',
      },
    )
  }
}

/** The fields of the first line of a CSV file. */
export async function readHeader(input: Readable): Promise<readonly string[]> {
  for await (const { record } of parseRecords(input)) {
    input.destroy()
    return record
  }
  return []
}
