import { isNumeric } from './column-kind.ts'
import { exactText } from './exact-text.ts'
import type { Result, ResultColumn, Value } from './result.ts'

/** The header line of a CSV file (RFC 4180, with `\n` between lines). */
export function csvHeader(columns: readonly ResultColumn[]): string {
  return `${columns.map(column => csvField(column.name)).join(',')}\n`
}

/** The rows as CSV lines: null is empty, an empty text is quoted. */
export function csvRows(result: Result): string {
  const lines: string[] = []
  for (let row = 0; row < result.rows; row += 1) {
    lines.push(result.columns.map(column => csvValue(column.at(row), column)).join(','))
  }
  return lines.map(line => `${line}\n`).join('')
}

/** The rows as JSON objects, one a line, each after the separator that it needs. */
export function jsonRows(result: Result, isFirst: boolean): string {
  const names = uniqueNames(result.columns).map(name => JSON.stringify(name))
  const lines: string[] = []
  for (let row = 0; row < result.rows; row += 1) {
    const members = result.columns.map((column, i) => {
      return `${names[i]}:${jsonValue(column.at(row), column)}`
    })
    lines.push(`${isFirst && row === 0 ? '' : ',\n'}{${members.join(',')}}`)
  }
  return lines.join('')
}

/** Some rows and columns as a spreadsheet pastes them: tabs between values, their text exact. */
export function tabbedText(
  rows: readonly (readonly Value[])[],
  columns: readonly ResultColumn[],
): string {
  const lines = rows.map(values => {
    return values.map((value, i) => tabbedField(value, columns[i])).join('\t')
  })
  return lines.join('\n')
}

function tabbedField(value: Value, column: ResultColumn | undefined): string {
  const text = column ? exactText(value, column) : ''
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function csvValue(value: Value, column: ResultColumn): string {
  if (value === null || value === undefined) return ''
  const text = exactText(value, column)
  return text === '' ? '""' : csvField(text)
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A number stands as a JSON number where a double holds it exactly, else as a string. */
function jsonValue(value: Value, column: ResultColumn): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'boolean') return String(value)
  const text = exactText(value, column)
  if (isNumeric(column.kind)) return isExactNumber(text) ? text : JSON.stringify(text)
  if (column.kind === 'nested') return text
  if (column.kind === 'timestamp') return JSON.stringify(`${text.replace(' ', 'T')}Z`)
  return JSON.stringify(text)
}

function isExactNumber(text: string): boolean {
  const number = Number(text)
  if (!Number.isFinite(number)) return false
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(number)
  return String(number) === text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}

/** Column names with a number where one comes twice, since an object holds each name once. */
function uniqueNames(columns: readonly ResultColumn[]): string[] {
  const seen = new Map<string, number>()
  return columns.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}_${count}`
  })
}
