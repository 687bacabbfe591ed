import type { Node } from './syntax-tree.ts'

/** A call of a function on its way into Spark's SQL. */
export interface SparkCall {
  readonly name: string
  /** As Spark's SQL. */
  readonly args: readonly string[]
  readonly nodes: readonly Node[]
  /** `DISTINCT ` or nothing. */
  readonly distinct: string
  /** The FILTER and the OVER, or nothing. */
  readonly after: string
  /** Another node as Spark's SQL. */
  sql(node: Node): string
  /** What an aggregate is ordered by, and whether that goes down. */
  readonly order: { readonly sql: string; readonly isDown: boolean } | undefined
  /** @throws Failure that names the function and says what to do instead */
  refuse(instead: string): never
}

type Translation = (call: SparkCall) => string

/** Functions that are the same in both. */
const same =
  `abs ceil ceiling floor sqrt cbrt ln log2 log10 exp sign sin cos tan asin acos atan atan2 degrees radians
  power pow pi greatest least coalesce nullif upper lower reverse repeat replace lpad rpad left right substring substr
  ascii chr md5 levenshtein translate contains split_part concat_ws count sum min max count_if bool_and bool_or
  stddev_samp stddev_pop stddev var_samp var_pop variance corr covar_pop covar_samp regr_slope regr_intercept regr_r2
  approx_count_distinct bit_and bit_or bit_xor row_number rank dense_rank percent_rank cume_dist ntile first_value
  last_value nth_value lag lead grouping make_date last_day year month day hour minute quarter length now
  transform filter array_distinct flatten bit_length octet_length initcap soundex date_from_unix_date mode if ifnull
  map_keys map_values current_date current_timestamp`.split(/\s+/)

/** Functions that are called otherwise. */
const renamed: Readonly<Record<string, string>> = {
  ...{
    arg_max: 'max_by',
    argmax: 'max_by',
    max_by: 'max_by',
    arg_min: 'min_by',
    argmin: 'min_by',
    min_by: 'min_by',
  },
  ...{
    every: 'bool_and',
    any: 'bool_or',
    countif: 'count_if',
    log: 'log10',
    char_length: 'length',
  },
  ...{ strlen: 'octet_length', character_length: 'length', ucase: 'upper', lcase: 'lower' },
  ...{
    starts_with: 'startswith',
    prefix: 'startswith',
    '^@': 'startswith',
    ends_with: 'endswith',
    suffix: 'endswith',
  },
  ...{ weekofyear: 'weekofyear', week: 'weekofyear', dayofmonth: 'day', dayofyear: 'dayofyear' },
  ...{
    list_distinct: 'array_distinct',
    list_contains: 'array_contains',
    array_contains: 'array_contains',
  },
  ...{
    list_has: 'array_contains',
    list_transform: 'transform',
    list_apply: 'transform',
    list_filter: 'filter',
  },
  ...{
    list_value: 'array',
    list_concat: 'concat',
  },
  ...{
    list_position: 'array_position',
    list_indexof: 'array_position',
    list_max: 'array_max',
    list_min: 'array_min',
  },
  ...{ unnest: 'explode', random: 'rand', today: 'current_date', get_current_timestamp: 'now' },
  ...{ medianabsolutedeviation: 'mad', stddev_samp: 'stddev_samp' },
}

/** What needs more than another name. */
const translations: Readonly<Record<string, Translation>> = {
  count_star: ({ after }) => `count(*)${after}`,
  avg: ({ args: [x = ''], distinct, after }) =>
    `CAST(sum(${distinct}${x})${after} / nullif(count(${distinct}${x})${after}, 0) AS DOUBLE)`,
  mean: call => translated('avg', call),
  median: ({ args: [x = ''], after }) => `percentile(${x}, 0.5)${after}`,
  quantile_cont: ({ args: [x = '', share = ''], after }) => `percentile(${x}, ${share})${after}`,
  quantile_disc: ({ args: [x = '', share = ''], after }) =>
    `percentile_disc(${share}) WITHIN GROUP (ORDER BY ${x})${after}`,
  quantile: call => translated('quantile_disc', call),
  any_value: ({ args: [x = ''], after }) => `any_value(${x}, true)${after}`,
  first: ({ args: [x = ''], after }) => `first(${x})${after}`,
  last: ({ args: [x = ''], after }) => `last(${x})${after}`,
  list: listOf,
  array_agg: listOf,
  string_agg: joined,
  listagg: joined,
  group_concat: joined,
  '+': ({ args }) => (args.length === 1 ? args[0] : `(${args.join(' + ')})`) ?? '',
  '-': ({ args }) => (args.length === 1 ? `(- ${args[0]})` : `(${args.join(' - ')})`),
  '*': ({ args }) => `(${args.join(' * ')})`,
  '/': ({ args: [a, b] }) => `try_divide(CAST(${a} AS DOUBLE), ${b})`,
  '//': ({ args: [a, b] }) => `(${a} div nullif(${b}, 0))`,
  '%': ({ args: [a, b] }) => `(${a} % nullif(${b}, 0))`,
  mod: ({ args: [a, b] }) => `(${a} % nullif(${b}, 0))`,
  '**': ({ args }) => `power(${args.join(', ')})`,
  '^': ({ args }) => `power(${args.join(', ')})`,
  '||': ({ args }) => `(${args.join(' || ')})`,
  '~~': ({ args: [a, b], nodes, refuse }) => `(${a} LIKE ${plainPattern(b, nodes[1], refuse)})`,
  '!~~': ({ args: [a, b], nodes, refuse }) =>
    `(NOT ${a} LIKE ${plainPattern(b, nodes[1], refuse)})`,
  '~~*': ({ args: [a, b], nodes, refuse }) => `(${a} ILIKE ${plainPattern(b, nodes[1], refuse)})`,
  like_escape: ({ args: [a, b, c] }) => `(${a} LIKE ${b} ESCAPE ${c})`,
  regexp_matches: ({ args: [a, b, more], refuse }) =>
    more ? refuse('Write its options into the pattern: (?i).') : `(${a} RLIKE ${b})`,
  regexp_full_match: ({ args: [a, b] }) => `(${a} RLIKE concat('^(?:', ${b}, ')$'))`,
  regexp_extract: ({ args: [a, b, group = '0', more], refuse }) =>
    more
      ? refuse('Write its options into the pattern: (?i).')
      : `regexp_extract(${a}, ${b}, ${group})`,
  regexp_replace: ({ args: [a, b, c, options], refuse }) =>
    options === "'g'"
      ? `regexp_replace(${a}, ${b}, ${c})`
      : refuse("Spark replaces all that matches: say 'g' as the last argument if that is meant."),
  concat: ({ args }) => `concat(${args.map(x => `coalesce(CAST(${x} AS STRING), '')`).join(', ')})`,
  len: ({ args: [x = ''], nodes }) => (isList(nodes[0]) ? `size(${x})` : `length(${x})`),
  trim: ({ args, refuse }) => trimmed('trim', args, refuse),
  ltrim: ({ args, refuse }) => trimmed('ltrim', args, refuse),
  rtrim: ({ args, refuse }) => trimmed('rtrim', args, refuse),
  instr: ({ args }) => `instr(${args.join(', ')})`,
  strpos: ({ args }) => `instr(${args.join(', ')})`,
  string_split: split,
  str_split: split,
  split: split,
  sha256: ({ args }) => `sha2(${args[0]}, 256)`,
  struct_pack: ({ args, nodes }) =>
    `named_struct(${args.map((x, n) => `${text(String(nodes[n]?.alias))}, ${x}`).join(', ')})`,
  row: ({ args }) => `struct(${args.join(', ')})`,
  range: ({ args: [a = '', b], refuse }) =>
    b === undefined ? `sequence(0, ${a} - 1)` : refuse('Use generate_series(first, last).'),
  generate_series: ({ args }) =>
    `sequence(${args.length === 1 ? `0, ${args[0]}` : args.join(', ')})`,
  dayname: ({ args }) => `date_format(${args[0]}, 'EEEE')`,
  monthname: ({ args }) => `date_format(${args[0]}, 'MMMM')`,
  dayofweek: ({ args }) => `(dayofweek(${args[0]}) - 1)`,
  weekday: ({ args }) => `(dayofweek(${args[0]}) - 1)`,
  isodow: ({ args }) => `(weekday(${args[0]}) + 1)`,
  second: ({ args }) => `CAST(floor(extract(SECOND FROM ${args[0]})) AS BIGINT)`,
  epoch: call => seconds(call),
  epoch_ms: ({ args }) => `(${micros(args[0] ?? '')} div 1000)`,
  epoch_us: ({ args }) => micros(args[0] ?? ''),
  date_part: ({ args: [, x = ''], nodes, refuse, ...call }) =>
    part(partOf(nodes[0]), x, { nodes, refuse, ...call, args: [x] }),
  datepart: call => translated('date_part', call),
  date_trunc: ({ args: [unit, x] }) => `CAST(date_trunc(${unit}, ${x}) AS TIMESTAMP_NTZ)`,
  datetrunc: call => translated('date_trunc', call),
  date_diff: ({ args: [, a = '', b = ''], nodes, refuse }) =>
    boundaries(partOf(nodes[0]), [a, b], refuse),
  datediff: call => translated('date_diff', call),
  time_bucket: ({ args: [, x = '', ...more], nodes, refuse }) =>
    more.length > 0 ? refuse('Leave out its origin.') : bucket(nodes[0], x, refuse),
  strftime: ({ args: [x], nodes, refuse }) => `date_format(${x}, ${datePattern(nodes[1], refuse)})`,
  strptime: ({ args: [x], nodes, refuse }) =>
    `to_timestamp_ntz(${x}, ${datePattern(nodes[1], refuse)})`,
  ...Object.fromEntries(
    ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'].map(unit => [
      `to_${unit}s`,
      ({ nodes: [count], refuse }: SparkCall) =>
        `INTERVAL ${quantity(count) ?? refuse('Its number has to stand there.')} ${unit}`,
    ]),
  ),
  trunc: ({ args: [x] }) => `(sign(${x}) * floor(abs(${x})))`,
  list_sort: sorted,
  array_sort: sorted,
  round: rounded,
  histogram: ({ refuse }) => refuse('Group by the value, and count.'),
  pivot: ({ refuse }) => refuse('Write count(*) FILTER (WHERE …) for each column.'),
}

/** Whether there is a translation. */
export function hasSparkFunction(name: string): boolean {
  return same.includes(name) || name in renamed || name in translations
}

/** @throws Failure for what Spark does not have, or has otherwise */
export function translated(name: string, call: SparkCall): string {
  const translation = translations[name]
  if (translation) return translation(call)
  const { args, distinct, after } = call
  return `${renamed[name] ?? name}(${distinct}${args.join(', ')})${after}`
}

/** A text as Spark writes it: a backslash begins an escape there. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** The value of a constant text. */
export function constantText(node: Node | undefined): string | undefined {
  const value = (node?.value as { value?: unknown } | undefined)?.value
  return node?.type === 'VALUE_CONSTANT' && typeof value === 'string' ? value : undefined
}

/** With the NULLs that Spark's own collect_list leaves out. */
function listOf({ args: [x = ''], distinct, after, order, refuse }: SparkCall): string {
  const all = `collect_list(struct(${x} AS v))${after}.v`
  const list = distinct ? `array_distinct(${all})` : all
  if (order === undefined) return list
  if (order.isDown) return refuse('Order it upwards, or sort where it is read.')
  if (order.sql === x) return `array_sort(${list})`
  if (distinct) return refuse('Order it by what is listed.')
  return `transform(array_sort(collect_list(struct(${order.sql} AS k, ${x} AS v))${after}), e -> e.v)`
}

const givesDouble =
  /^(avg|mean|\/|sqrt|cbrt|ln|log2?|log10|exp|power|pow|\*\*|\^|stddev.*|var.*|corr|covar.*|regr.*)$/

/** DuckDB multiplies a DOUBLE before it rounds it, where Spark rounds the digits that it prints. */
function rounded({ args: [x = '', places], nodes: [node, digits] }: SparkCall): string {
  const scale = quantity(digits)
  const isDouble = givesDouble.test(String(node?.function_name ?? ''))
  if (!(isDouble && scale && scale > 0)) return `round(${places ? `${x}, ${places}` : x})`
  return `(round(${x} * 1e${scale}D) / 1e${scale}D)`
}

/** DuckDB's lists have their NULLs last. */
function sorted({ args: [x = '', ...more], nodes, refuse }: SparkCall): string {
  const [order = 'ASC', nulls = 'ORDER_DEFAULT'] = more.map(
    (_, n) => constantText(nodes[n + 1]) ?? '',
  )
  if (/FIRST/i.test(nulls)) return refuse('Spark has the NULLs of a list last.')
  if (/^(ASC|ORDER_DEFAULT)/i.test(order)) return `array_sort(${x})`
  return /^DESC/i.test(order) ? `sort_array(${x}, false)` : refuse('Say ASC or DESC.')
}

function joined({ args: [x = '', separator = "','"], distinct, after, order }: SparkCall): string {
  const within = order ? ` WITHIN GROUP (ORDER BY ${order.sql}${order.isDown ? ' DESC' : ''})` : ''
  return `listagg(${distinct}${x}, ${separator})${within}${after}`
}

function split({ args: [x = ''], nodes, refuse }: SparkCall): string {
  const separator = constantText(nodes[1])
  if (separator === undefined) return refuse('Its separator has to be a text that stands there.')
  return `split(${x}, ${text(separator.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'))})`
}

function trimmed(name: string, args: readonly string[], refuse: SparkCall['refuse']): string {
  return args.length === 1
    ? `${name}(${args[0]})`
    : refuse('Use regexp_replace for other characters than blanks.')
}

/** Without the backslashes that mean something to Spark's LIKE and nothing to DuckDB's. */
function plainPattern(
  sql: string | undefined,
  node: Node | undefined,
  refuse: SparkCall['refuse'],
): string {
  const pattern = constantText(node)
  if (pattern?.includes('\\')) refuse('A pattern with a backslash needs an ESCAPE.')
  return sql ?? ''
}

function isList(node: Node | undefined): boolean {
  const name = String(node?.function_name ?? '')
  return /^(list|array)|split$/.test(name) || node?.type === 'ARRAY_SLICE'
}

function micros(x: string): string {
  return `unix_micros(CAST(${x} AS TIMESTAMP))`
}

/** Of a time since 1970, or of the difference of two times. */
function seconds({ args, nodes: [node], sql }: SparkCall): string {
  const [later, earlier] = (node?.function_name === '-' ? node.children : []) as Node[]
  if (!later || !earlier) return `(${micros(args[0] ?? '')} / 1e6D)`
  return `((${micros(sql(later))} - ${micros(sql(earlier))}) / 1e6D)`
}

function partOf(node: Node | undefined): string {
  return (constantText(node) ?? '').toLowerCase().replace(/s$/, '')
}

function part(name: string, x: string, call: SparkCall): string {
  const plain: Readonly<Record<string, string>> = {
    ...{
      year: 'year',
      month: 'month',
      day: 'day',
      hour: 'hour',
      minute: 'minute',
      quarter: 'quarter',
    },
    ...{ week: 'weekofyear', doy: 'dayofyear', dayofyear: 'dayofyear' },
  }
  const own = plain[name]
  if (own) return `${own}(${x})`
  const other: Readonly<Record<string, string>> = {
    ...{ dow: 'dayofweek', dayofweek: 'dayofweek', isodow: 'isodow', second: 'second' },
    epoch: 'epoch',
  }
  const function_ = other[name]
  if (function_ === undefined) return call.refuse(`It has no part ${name}.`)
  return translated(function_, { ...call, nodes: call.nodes.slice(1) })
}

/** How many boundaries of a unit lie between two times. */
function boundaries(
  unit: string,
  [a, b]: readonly [string, string],
  refuse: SparkCall['refuse'],
): string {
  const lengths: Readonly<Record<string, number>> = {
    ...{ hour: 3_600_000_000, minute: 60_000_000, second: 1_000_000, millisecond: 1_000 },
    ...{ microsecond: 1, week: 604_800_000_000 },
  }
  if (unit === 'day') return `datediff(${b}, ${a})`
  const length = lengths[unit]
  if (length !== undefined) {
    const start = (x: string): string => micros(`date_trunc('${unit}', ${x})`)
    return `((${start(b)} - ${start(a)}) div ${length})`
  }
  const months: Readonly<Record<string, string>> = {
    year: 'year(X)',
    quarter: '(year(X) * 4 + quarter(X))',
    month: '(year(X) * 12 + month(X))',
  }
  const count = months[unit]
  if (count === undefined) return refuse(`It counts no ${unit}s.`)
  return `(${count.replaceAll('X', b)} - ${count.replaceAll('X', a)})`
}

const unitMicros: Readonly<Record<string, number>> = {
  ...{ to_weeks: 604_800_000_000, to_days: 86_400_000_000, to_hours: 3_600_000_000 },
  ...{ to_minutes: 60_000_000, to_seconds: 1_000_000, to_milliseconds: 1_000 },
}
/** The Monday from which DuckDB counts its buckets. */
const bucketOrigin = Date.UTC(2000, 0, 3) * 1000

function bucket(interval: Node | undefined, x: string, refuse: SparkCall['refuse']): string {
  const unit = unitMicros[String(interval?.function_name)]
  const count = quantity((interval?.children as Node[] | undefined)?.[0])
  if (unit === undefined || count === undefined || !(count > 0)) {
    return refuse('Its width has to stand there, in weeks or less; date_trunc does months.')
  }
  const at = micros(x)
  return `CAST(timestamp_micros(${at} - pmod(${at} - ${bucketOrigin}, ${unit * count})) AS TIMESTAMP_NTZ)`
}

/** The number in an INTERVAL, which DuckDB has wrapped into casts; undefined when it does not stand there. */
function quantity(node: Node | undefined): number | undefined {
  if (node?.class === 'CAST') return quantity(node.child as Node)
  if (node?.function_name === 'trunc') return quantity((node.children as Node[])[0])
  const value = (node?.value as { value?: unknown } | undefined)?.value
  return node?.type === 'VALUE_CONSTANT' ? Number(value) : undefined
}

const dateLetters: Readonly<Record<string, string>> = {
  ...{ Y: 'yyyy', m: 'MM', d: 'dd', H: 'HH', M: 'mm', S: 'ss', y: 'yy', I: 'hh', p: 'a', j: 'DDD' },
  ...{ a: 'EEE', A: 'EEEE', b: 'MMM', B: 'MMMM', f: 'SSSSSS', g: 'SSS', z: 'xx', '%': '%' },
}

function datePattern(node: Node | undefined, refuse: SparkCall['refuse']): string {
  const pattern = constantText(node)
  if (pattern === undefined) return refuse('Its format has to be a text that stands there.')
  const converted = pattern.replace(
    /%(-?.)|([A-Za-z]+)|'/g,
    (whole, letter?: string, words?: string) => {
      if (words) return `'${words}'`
      if (letter === undefined) return "''"
      return dateLetters[letter] ?? refuse(`Spark’s formats have no ${whole}.`)
    },
  )
  return text(converted)
}
