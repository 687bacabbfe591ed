import { Failure } from '../base/failure.ts'
import type { CatalogColumn } from '../contract/catalog.ts'

const numeral = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const numericType = /^(INTEGER|BIGINT|DOUBLE|DECIMAL)/

/** Writes rows of one CSV file as JSON objects: numbers as they are written, an empty field as no value. */
export class CsvRow {
  readonly #members: readonly {
    readonly key: string
    readonly isBare: (field: string) => boolean
  }[]

  /** @throws Failure `bad-request` when the header lacks a required column of the stream */
  constructor(header: readonly string[], columns: readonly CatalogColumn[]) {
    const names = header.map(name => name.trim())
    const missing = columns.filter(({ name, isNullable }) => !isNullable && !names.includes(name))
    if (missing.length > 0) {
      throw new Failure(
        'bad-request',
        `The first line of the file is to name the columns, and lacks ${missing.map(({ name }) => name).join(', ')}.`,
        { hint: `It begins with: ${names.join(',').slice(0, 120)}` },
      )
    }
    this.#members = names.map(name => {
      const type = columns.find(column => column.name === name)?.type ?? 'VARCHAR'
      return { key: `${JSON.stringify(name)}:`, isBare: bareTest(type) }
    })
  }

  /** @returns undefined when the row has another number of fields than the header */
  json(fields: readonly string[]): string | undefined {
    if (fields.length !== this.#members.length) return undefined
    const parts: string[] = []
    for (const [index, { key, isBare }] of this.#members.entries()) {
      const field = fields[index] as string
      if (field !== '') parts.push(key + (isBare(field) ? field : JSON.stringify(field)))
    }
    return `{${parts.join(',')}}`
  }

  /** Why a row is no object. */
  trouble(fields: readonly string[]): string {
    const { length } = this.#members
    const why = fields.length < length ? 'was the file cut off?' : 'is a quote missing?'
    return `has ${fields.length} of ${length} columns, ${why}`
  }
}

function bareTest(type: string): (field: string) => boolean {
  if (numericType.test(type)) return field => numeral.test(field)
  if (type === 'BOOLEAN') return field => field === 'true' || field === 'false'
  return () => false
}
