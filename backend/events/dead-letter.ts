import { isUtf8 } from 'node:buffer'
import type { StreamDefinition } from './stream-definition.ts'

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
    return { reason: 'not-json', detail: csvHint(text, definition) ?? jsonError(error) }
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
    detail: `none of the stream's columns is there${names.length > 0 ? `, but ${names.slice(0, 5).join(', ')}` : ''}`,
  }
}

/** CSV often lands on a topic of JSON; then the number of its fields says more than a parser's complaint. */
function csvHint(text: string, definition: StreamDefinition): string | undefined {
  if (text.startsWith('{') || text.startsWith('[') || !text.includes(',')) return undefined
  const fields = text.split(',').length
  const columns = definition.columns.length
  if (fields === columns) return `a CSV line, not JSON`
  if (fields < columns) return `a CSV line with ${fields} of ${columns} columns, cut off?`
  return undefined
}

function jsonError(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
