import { duckDbErrorOf } from '../contract/duckdb-error.ts'

/** Kinds of DuckDB's errors that values can bring about. Memory, files and interrupts are not among them: they pass. */
const kindsOfValues: ReadonlySet<string> = new Set([
  'Conversion',
  'Decimal',
  'INTERNAL',
  'Invalid Input',
  'Invalid type',
  'Mismatch Type',
  'Not implemented',
  'Object Size',
  'Out of Range',
])

/** Whether an error of a statement that decodes can lie with the values that it decodes. */
export function isOfValues(error: unknown): error is Error {
  return error instanceof Error && kindsOfValues.has(duckDbErrorOf(error.message).type)
}

export function miscounted(rows: number, records: number): Error {
  return new Error(`${rows} rows came of ${records} values`)
}
