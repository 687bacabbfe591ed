import { isUtf8 } from 'node:buffer'
import { duckDbErrorOf } from '../contract/duckdb-error.ts'
import type { StreamDefinition } from './stream-definition.ts'

const detailLengthMax = 200

/** Why a value in which the decoder found none of the stream's columns is no event. */
export function reasonOfUndecodable(
  raw: Buffer,
  definition: StreamDefinition,
): { reason: string; detail: string } {
  if (raw.length === 0) return { reason: 'empty', detail: 'the value is empty' }
  if (!isUtf8(raw)) return { reason: 'not-utf8', detail: 'the value is not UTF-8 text' }
  const text = raw.toString('utf8')
  if (text.trim() === '') return { reason: 'empty', detail: 'the value is blank' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { reason: 'not-json', detail: shapeHint(text, definition) ?? jsonError(error) }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not-object', detail: `the value is ${nameOf(value)}, not a JSON object` }
  }
  const names = Object.keys(value)
  if (names.some(name => definition.columns.some(column => column.name === name))) {
    const missing = definition.columns.find(
      column => column.required && (value as Record<string, unknown>)[column.name] == null,
    )
    if (missing) return { reason: 'missing-value', detail: `${missing.name} is missing` }
    return { reason: 'not-json', detail: 'the object holds text that is not valid Unicode' }
  }
  return {
    reason: 'missing-value',
    detail: `none of the stream's columns is there${names.length > 0 ? `, but ${namesIn(names)}` : ''}`,
  }
}

/** Why a value is no event that the decoder failed at, and at nothing else. */
export function reasonOfFailed(failure: Error): { reason: string; detail: string } {
  const detail = `could not be decoded: ${duckDbErrorOf(failure.message).message}`
  return { reason: 'decoder-failed', detail: detail.slice(0, detailLengthMax) }
}

/** CSV often lands on a topic of JSON; then the number of its fields says more than a parser's complaint. */
function shapeHint(text: string, definition: StreamDefinition): string | undefined {
  if (text.startsWith('\ufeff')) return 'the value begins with a byte order mark'
  if (/^[^,]*[{[]/.test(text) || !text.includes(',')) return undefined
  const fields = text.split(',').length
  const columns = definition.columns.length
  if (fields === columns) return `a CSV line, not JSON`
  if (fields < columns) return `a CSV line with ${fields} of ${columns} columns, cut off?`
  return undefined
}

function namesIn(names: readonly string[]): string {
  return names.slice(0, 5).join(', ').slice(0, detailLengthMax)
}

function jsonError(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, detailLengthMax) : String(error)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
