import { identifier, literal } from '../base/sql.ts'
import { offsetAt, type RecordBatch } from './record-batch.ts'
import { decimalOf, type StreamColumn, type StreamDefinition } from './stream-definition.ts'

/*
 * Two statements decode values. The quick one reads lines straight into columns and accepts a row when it is plainly
 * right. Whatever it doubts goes to the careful one, which takes each value by itself and gives reasons. Both must agree
 * on every value that the quick one accepts.
 */

/** The reason of a row that the quick statement leaves to the careful one. */
const doubtful = 'doubtful'
/** The reason of a value that is no JSON object with any of the stream's columns. */
export const undecodable = 'undecodable'
/** Stands between the reason and its detail. */
export const reasonSeparator = '\x1f'

/** Rows with the stream's columns, `_partition`, `_offset`, and `_reason` where the row is in doubt. */
export function quickSql(
  definition: StreamDefinition,
  linesFile: string,
  batches: readonly RecordBatch[],
): string {
  const { columns } = definition
  const fields = columns.map(({ name, type }) => `${literal(name)}: '${jsonOr(type, 'VARCHAR')}'`)
  const values = columns.map(column => `${quickValue(column)} AS ${identifier(column.name)}`)
  const raws = columns.filter(isOptionalAndTyped).map(rawColumn)
  return `
    SELECT ${columns.map(column => `d.${identifier(column.name)}`).join(', ')},
      s.part AS _partition, d.line + s.shift AS _offset,
      CASE WHEN ${columns.map(isPlain).join(' AND ')} THEN NULL ELSE '${doubtful}' END AS _reason
    FROM (
      SELECT row_number() OVER () - 1 AS line, ${[...values, ...raws].join(', ')}
      FROM read_json(${literal(linesFile)}, format = 'newline_delimited', records = true,
        ignore_errors = true, columns = {${fields.join(', ')}})
    ) d
    JOIN (VALUES ${segmentsOf(batches).join(', ')}) s(first_line, end_line, part, shift)
      ON d.line >= s.first_line AND d.line < s.end_line`
}

/** What DuckDB allows by itself. */
const lineBytesMaxMin = 16 << 20

/**
 * The same columns, from a file of objects `{"p": partition, "o": offset, "v": value}`, of `lineBytesMax` at most;
 * `_reason` says why a row is none: a reason, then its detail.
 */
export function carefulSql(
  definition: StreamDefinition,
  valuesFile: string,
  lineBytesMax: number,
): string {
  const { columns } = definition
  const structure = columns.map(
    ({ name, type }) =>
      `${JSON.stringify(name)}:"${decimalOf(type) ? 'JSON' : jsonOr(type, 'VARCHAR')}"`,
  )
  const unpacked = columns.map(({ name }) => `object.${identifier(name)} AS ${identifier(name)}`)
  const values = columns.map(column => `${carefulValue(column)} AS ${identifier(column.name)}`)
  return `
    SELECT ${columns.map(column => identifier(column.name)).join(', ')}, _partition, _offset,
      ${carefulReason(columns)} AS _reason
    FROM (
      SELECT _partition, _offset, ${values.join(', ')}, ${columns.map(rawColumn).join(', ')}
      FROM (
        SELECT p AS _partition, o AS _offset, ${unpacked.join(', ')}
        FROM (
          SELECT p, o, CASE WHEN json_valid(v) AND json_type(v) = 'OBJECT'
            THEN from_json(v, ${literal(`{${structure.join(',')}}`)}) END AS object
          FROM read_json(${literal(valuesFile)}, format = 'newline_delimited', records = true,
            maximum_object_size = ${Math.max(lineBytesMax, lineBytesMaxMin)},
            columns = {'p': 'INTEGER', 'o': 'BIGINT', 'v': 'VARCHAR'})
        )
      )
    )`
}

/** Behind the first line of the file, which is no record: runs of lines whose offsets follow from their line number by one addition, as tuples of SQL. */
function segmentsOf(batches: readonly RecordBatch[]): string[] {
  const segments: string[] = []
  let line = 1
  for (const batch of batches) {
    for (const [start, end] of runsOf(batch)) {
      const shift = offsetAt(batch, start) - (line + start)
      segments.push(`(${line + start}, ${line + end}, ${batch.partition}, ${shift})`)
    }
    line += batch.count
  }
  return segments
}

function* runsOf(batch: RecordBatch): Generator<[start: number, end: number]> {
  if (batch.count === 0) return
  let start = 0
  if (batch.offsets !== undefined) {
    for (let index = 1; index < batch.count; index++) {
      if (offsetAt(batch, index) === offsetAt(batch, index - 1) + 1) continue
      yield [start, index]
      start = index
    }
  }
  yield [start, batch.count]
}

/** The value where it is plain to see, else NULL. */
function quickValue({ name, type }: StreamColumn): string {
  const text = identifier(name)
  const cast = `try_cast(${text} AS ${type})`
  const when = (condition: string) => `CASE WHEN ${condition} THEN ${cast} END`
  switch (type) {
    case 'VARCHAR':
    case 'JSON':
      return text
    case 'BIGINT':
    case 'INTEGER':
      return when(`${cast}::VARCHAR = ${text}`)
    case 'BOOLEAN':
      return when(`${text} IN ('true', 'false')`)
    case 'DOUBLE':
      return when(`isfinite(${cast})`)
    case 'DATE':
      return when(`strlen(${text}) = 10`)
    case 'TIMESTAMP':
      return when(
        `suffix(${text}, 'Z') OR suffix(${text}, 'UTC') OR (strlen(${text}) = 19 AND ${text}[17] = ':')`,
      )
  }
  const point = `strpos(${text}, '.')`
  const scale = decimalOf(type)?.scale ?? 0
  return when(
    `strlen(${text}) <= ${exactDigitsMax + 1} AND (${point} = 0 OR strlen(${text}) - ${point} <= ${scale}) AND NOT contains(${text}, 'e')`,
  )
}

/** Of a JSON number with a fraction the parser keeps what a double holds: any decimal of up to so many digits. */
const exactDigitsMax = 15

/**
 * The value of a column from its text, or NULL where the text does not say exactly one value of the type: DuckDB's own
 * casts round 3.7 to an integer, cut a time off a date and drop a time zone.
 */
function carefulValue({ name, type }: StreamColumn): string {
  const text = identifier(name)
  const cast = `try_cast(${text} AS ${type})`
  switch (type) {
    case 'VARCHAR':
    case 'JSON':
      return text
    case 'BIGINT':
    case 'INTEGER':
      return `CASE
        WHEN ${cast}::VARCHAR = ${text} THEN ${cast}
        WHEN strlen(ltrim(${text}, '-')) <= ${exactDigitsMax + 1} AND abs(try_cast(${text} AS DOUBLE)) < 1e${exactDigitsMax}
          AND try_cast(${text} AS DECIMAL(38,10)) = ${cast} THEN ${cast} END`
    case 'BOOLEAN':
      return cast
    case 'DOUBLE':
      return `CASE WHEN isfinite(${cast}) THEN ${cast} END`
    case 'DATE': {
      const isWholeDay = `try_cast(${text} AS TIMESTAMP)::VARCHAR = ${cast}::VARCHAR || ' 00:00:00'`
      return `CASE WHEN isfinite(${cast}) AND coalesce(${isWholeDay}, true) THEN ${cast} END`
    }
    case 'TIMESTAMP': {
      const hasZone = `contains(${text}[17:], '+') OR contains(${text}[17:], '-')`
      const utc = `CASE WHEN ${hasZone} THEN try_cast(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE ${cast} END`
      return `CASE WHEN isfinite(${utc}) THEN ${utc} END`
    }
  }
  return carefulDecimal(`${text}::VARCHAR`, type)
}

/** A decimal comes as JSON text, which tells a string, exact to any length, from a number. */
function carefulDecimal(json: string, type: string): string {
  const text = `trim(${json}, '"')`
  const cast = `try_cast(${text} AS ${type})`
  const point = `strpos(${text}, '.')`
  const scale = decimalOf(type)?.scale ?? 0
  const isPlainNumber = `(${point} = 0 OR strlen(${text}) - ${point} <= ${scale}) AND NOT contains(lower(${text}), 'e')`
  return `CASE
    WHEN ${isRoundedNumber(json)} THEN NULL
    WHEN ${isPlainNumber} OR try_cast(${text} AS DECIMAL(38,10)) = ${cast} THEN ${cast} END`
}

function isRoundedNumber(json: string): string {
  const hasFraction = `(contains(${json}, '.') OR contains(${json}, 'e'))`
  const isLong = `strlen(ltrim(${json}, '-')) > ${exactDigitsMax + 1}`
  const isLarge = `abs(try_cast(${json} AS DOUBLE)) >= 1e${exactDigitsMax}`
  return `((${json})[1] <> '"' AND ${hasFraction} AND (${isLong} OR ${isLarge}))`
}

function carefulReason(columns: readonly StreamColumn[]): string {
  const raws = columns.map(column => rawName(column.name))
  const cases = [`WHEN coalesce(${raws.join(', ')}) IS NULL THEN '${undecodable}'`]
  const reason = (code: string, detail: string) => literal(code + reasonSeparator + detail)
  for (const { name, type, required } of columns) {
    const raw = rawName(name)
    if (required) {
      cases.push(`WHEN ${raw} IS NULL THEN ${reason('missing-value', `${name} is missing`)}`)
    }
    if (decimalOf(type)) {
      const advice = `${name} has more digits than a JSON number keeps; write it as a string`
      cases.push(`WHEN ${isRoundedNumber(raw)} THEN ${reason('wrong-type', advice)}`)
    }
    if (isTyped(type)) {
      const prefix = reason('wrong-type', `${name} is not a ${type}: `)
      const isWrong = `${identifier(name)} IS NULL AND ${raw} IS NOT NULL`
      cases.push(`WHEN ${isWrong} THEN ${prefix} || left(${raw}, 100)`)
    }
  }
  return `CASE ${cases.join(' ')} END`
}

function isPlain(column: StreamColumn): string {
  const value = `d.${identifier(column.name)} IS NOT NULL`
  if (column.required) return value
  return isTyped(column.type) ? `(${value} OR ${rawName(column.name)} IS NULL)` : 'true'
}

function isOptionalAndTyped(column: StreamColumn): boolean {
  return !column.required && isTyped(column.type)
}

function isTyped(type: string): boolean {
  return type !== 'VARCHAR' && type !== 'JSON'
}

function jsonOr(type: string, other: string): string {
  return type === 'JSON' ? 'JSON' : other
}

function rawColumn({ name }: StreamColumn): string {
  return `${identifier(name)}::VARCHAR AS ${rawName(name)}`
}

function rawName(column: string): string {
  return identifier(`raw ${column}`)
}
