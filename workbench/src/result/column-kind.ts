/** What a column's values are to a reader: how they are written, aligned, sorted and charted. */
export type ColumnKind =
  | 'integer'
  | 'decimal'
  | 'double'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'interval'
  | 'text'
  | 'uuid'
  | 'json'
  | 'nested'
  | 'binary'

const patterns: readonly (readonly [RegExp, ColumnKind])[] = [
  [/\[\d*\]$|^(STRUCT|MAP|UNION|LIST|ARRAY)\b/, 'nested'],
  [/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$|^BIGNUM$/, 'integer'],
  [/^(DECIMAL|NUMERIC)\b/, 'decimal'],
  [/^(FLOAT|DOUBLE|REAL)$/, 'double'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
  [/^TIME/, 'time'],
  [/^INTERVAL$/, 'interval'],
  [/^UUID$/, 'uuid'],
  [/^JSON$/, 'json'],
  [/^(BLOB|BIT)$/, 'binary'],
]

/** The kind of a SQL type as DuckDB writes it. */
export function kindOf(sqlType: string): ColumnKind {
  const type = sqlType.toUpperCase()
  return patterns.find(([pattern]) => pattern.test(type))?.[1] ?? 'text'
}

export function isNumeric(kind: ColumnKind): boolean {
  return kind === 'integer' || kind === 'decimal' || kind === 'double'
}

export function isTemporal(kind: ColumnKind): boolean {
  return kind === 'timestamp' || kind === 'date'
}

/** The type in the fewest words; a point in time says that it is shown in UTC. */
export function typeLabel(sqlType: string): string {
  const kind = kindOf(sqlType)
  if (kind === 'timestamp') return 'timestamp · UTC'
  if (kind === 'decimal' || kind === 'nested') return shorten(sqlType.toLowerCase())
  return kind === 'double' && /FLOAT|REAL/i.test(sqlType) ? 'float' : kind
}

/** A mark of two or three characters that stands for the type where space is short. */
export function typeMark(sqlType: string): string {
  const marks: Record<ColumnKind, string> = {
    integer: '#',
    decimal: '1.2',
    double: '1.2',
    boolean: 'y/n',
    date: 'date',
    time: 'time',
    timestamp: 'time',
    interval: '±t',
    text: 'abc',
    uuid: 'id',
    json: '{ }',
    nested: /\]$|^LIST|^ARRAY/i.test(sqlType) ? '[ ]' : '{ }',
    binary: '01',
  }
  return marks[kindOf(sqlType)]
}

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text
}
