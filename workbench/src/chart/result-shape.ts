import { isNumeric, isTemporal } from '../result/column-kind.ts'
import type { Result, ResultColumn } from '../result/result.ts'
import { chartValue } from './chart-data.ts'

const sampleRowsMax = 4_000
const identifierName = /(^|_)(id|ids|key|code|zip|number|no|offset|partition|version)$/i

/** A column with what a sample of its values says. */
export interface Facet {
  readonly column: ResultColumn
  readonly name: string
  readonly values: readonly (string | number | boolean | null)[]
  readonly distinct: number
}

export interface Shape {
  readonly rows: number
  readonly times: readonly Facet[]
  readonly measures: readonly Facet[]
  readonly categories: readonly Facet[]
}

export function readShape(result: Result): Shape {
  const rows = Math.min(result.rows, sampleRowsMax)
  const facets = result.columns.map((column): Facet => {
    const values = Array.from({ length: rows }, (_, row) => chartValue(column.at(row), column))
    return { column, name: column.name, values, distinct: new Set(values).size }
  })
  const isMeasure = ({ column, name }: Facet): boolean =>
    isNumeric(column.kind) && !(column.kind === 'integer' && identifierName.test(name))
  return {
    rows,
    times: facets.filter(({ column }) => isTemporal(column.kind)),
    measures: facets.filter(isMeasure),
    categories: facets.filter(
      facet => isCategory(facet) || (!isMeasure(facet) && isNumeric(facet.column.kind)),
    ),
  }
}

function isCategory({ column }: Facet): boolean {
  return ['text', 'boolean', 'uuid', 'json'].includes(column.kind)
}

/** How many different combinations of values the facets have. */
export function pairs(facets: readonly Facet[]): number {
  const rows = facets[0]?.values.length ?? 0
  const keys = Array.from({ length: rows }, (_, row) =>
    JSON.stringify(facets.map(facet => facet.values[row])),
  )
  return new Set(keys).size
}
