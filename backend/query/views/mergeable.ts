/**
 * An aggregate kept in parts: those of some rows and those of others make those of all. SQL throughout; `columns` are the
 * names of the parts, in order.
 */
export interface Mergeable {
  /** Aggregates of rows. */
  readonly partials: readonly string[]
  /** Aggregates of parts, which give parts again. */
  merged(columns: readonly string[]): readonly string[]
  /** An aggregate of parts, which gives the result. */
  final(columns: readonly string[]): string
}

export interface AggregateCall {
  readonly name: string
  /** Arguments, as SQL, and their types. */
  readonly args: readonly string[]
  readonly types: readonly string[]
  /** The condition of FILTER, as SQL. */
  readonly filter: string | undefined
}

type Maker = (call: AggregateCall) => Mergeable

/** How many of the smallest hashes a sketch of distinct values keeps: the error is 1/√(this − 2), 6 %. */
const sketchSize = 256
const decimalDigitsMax = 38

const makers: Readonly<Record<string, Maker>> = {
  count: counted(({ args }) => `count(${args[0]})`),
  count_star: counted(() => 'count(*)'),
  count_if: counted(({ args }) => `count_if(${args[0]})`),
  sum: repeated('sum'),
  min: repeated('min'),
  max: repeated('max'),
  bool_and: repeated('bool_and'),
  bool_or: repeated('bool_or'),
  any_value: repeated('any_value'),
  avg: average,
  arg_max: extreme('arg_max', 'max'),
  arg_min: extreme('arg_min', 'min'),
  approx_count_distinct: distinct,
}

const synonyms: Readonly<Record<string, string>> = {
  mean: 'avg',
  countif: 'count_if',
  argmax: 'arg_max',
  max_by: 'arg_max',
  argmin: 'arg_min',
  min_by: 'arg_min',
}

/** Names of the aggregates that a live view can have. */
export const mergeableNames: readonly string[] = Object.keys(makers).filter(
  name => name !== 'count_star',
)

/** @returns undefined when the aggregate cannot be merged */
export function mergeableOf(call: AggregateCall): Mergeable | undefined {
  return makers[synonyms[call.name] ?? call.name]?.(call)
}

function filtered(aggregate: string, condition: string | undefined): string {
  return condition === undefined ? aggregate : `${aggregate} FILTER (WHERE ${condition})`
}

function counted(rows: (call: AggregateCall) => string): Maker {
  return call => {
    const total = ([count]: readonly string[]): string => `coalesce(sum(${count}), 0)::BIGINT`
    return {
      partials: [filtered(rows(call), call.filter)],
      merged: columns => [total(columns)],
      final: total,
    }
  }
}

/** The aggregate of parts is the same as that of rows. */
function repeated(name: string): Maker {
  return ({ args, filter }) => {
    const again = ([column]: readonly string[]): string => `${name}(${column})`
    return {
      partials: [filtered(`${name}(${args[0]})`, filter)],
      merged: columns => [again(columns)],
      final: again,
    }
  }
}

/** As DuckDB does it: decimals are added up as whole numbers, and divided once. */
function average({ args: [value], types, filter }: AggregateCall): Mergeable {
  const [, digits = 0, scale = 0] = /^DECIMAL\((\d+),(\d+)\)$/.exec(types[0] ?? '') ?? []
  const isScaled = Number(scale) > 0 && Number(digits) + Number(scale) < decimalDigitsMax
  const factor = isScaled ? 10 ** Number(scale) : 1
  const scaled = `((${value}) * ${factor}::DECIMAL(${Number(scale) + 1}, 0))::HUGEINT`
  const added = isScaled ? scaled : value
  return {
    partials: [filtered(`sum(${added})`, filter), filtered(`count(${value})`, filter)],
    merged: ([sum, count]) => [`sum(${sum})`, `sum(${count})::BIGINT`],
    final: ([sum, count]) => `sum(${sum})::DOUBLE / (nullif(sum(${count}), 0)::DOUBLE * ${factor})`,
  }
}

function extreme(name: 'arg_max' | 'arg_min', bound: 'max' | 'min'): Maker {
  return ({ args: [value, by], filter }) => {
    const isCounted = [`(${value}) IS NOT NULL`, ...(filter === undefined ? [] : [`(${filter})`])]
    const result = ([found, place]: readonly string[]): string => `${name}(${found}, ${place})`
    return {
      partials: [
        filtered(`${name}(${value}, ${by})`, filter),
        filtered(`${bound}(${by})`, isCounted.join(' AND ')),
      ],
      merged: columns => [result(columns), `${bound}(${columns[1]})`],
      final: result,
    }
  }
}

/** The smallest hashes of all values: where there are fewer than are kept, that is an exact count. */
function distinct({ args, filter }: AggregateCall): Mergeable {
  const hash = `md5_number_lower((${args[0]})::VARCHAR)`
  const isCounted = [`(${args[0]}) IS NOT NULL`, ...(filter === undefined ? [] : [`(${filter})`])]
  const smallest = (hashes: string): string => `list_slice(list_sort(${hashes}), 1, ${sketchSize})`
  const sketch = ([hashes]: readonly string[]): string =>
    smallest(`list_distinct(flatten(list(${hashes})))`)
  const estimate = (kept: string): string =>
    `CASE WHEN len(${kept}) < ${sketchSize} THEN len(${kept})
      ELSE round(${sketchSize - 1} * pow(2::DOUBLE, 64) / ${kept}[${sketchSize}])::BIGINT END`
  return {
    // min(…, n) would take the room of n values for each group from the beginning.
    partials: [smallest(filtered(`list(DISTINCT ${hash})`, isCounted.join(' AND ')))],
    merged: columns => [sketch(columns)],
    final: columns => `coalesce(${estimate(sketch(columns))}, 0)`,
  }
}
