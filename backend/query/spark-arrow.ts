import {
  DataType,
  Field,
  makeData,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimeUnit,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import type { ResultColumn } from '../contract/query.ts'
import { ByteCollector, sqlTypeKey } from './arrow-encoder.ts'

/** Makes one Arrow IPC stream of Spark's batches, each of which is a whole stream, with SQL types in its schema. */
export class SparkArrow {
  readonly #sink = new ByteCollector()
  readonly #writer = new RecordBatchStreamWriter()
  #columns: readonly ResultColumn[] | undefined
  #schema = new Schema()

  /** Known with the first batch, which comes for an empty result as well. */
  get columns(): readonly ResultColumn[] {
    return this.#columns ?? []
  }

  /** @returns the bytes of the batch's first `rowsMax` rows, before those of the first batch the schema */
  add(data: Buffer, rowsMax: number): Buffer {
    const reader = RecordBatchReader.from(data)
    reader.open()
    if (this.#columns === undefined) this.#begin(reader.schema)
    let rowsLeft = rowsMax
    for (const batch of reader) {
      const wanted = batch.numRows > rowsLeft ? batch.slice(0, rowsLeft) : batch
      rowsLeft -= wanted.numRows
      if (wanted.numRows > 0) this.#writer.write(this.#written(wanted))
    }
    return this.#sink.take()
  }

  end(): Buffer {
    this.#writer.finish()
    return this.#sink.take()
  }

  #begin(schema: Schema): void {
    const fields = schema.fields.map(({ name, type, nullable }) => {
      const written = DataType.isDuration(type) ? new Utf8() : type
      return new Field(name, written, nullable, new Map([[sqlTypeKey, sqlTypeOf(type)]]))
    })
    this.#columns = schema.fields.map(({ name, type }) => ({ name, type: sqlTypeOf(type) }))
    this.#schema = new Schema(fields)
    this.#writer.reset(this.#sink, this.#schema)
  }

  /** Intervals become text, as the server writes them. */
  #written(batch: RecordBatch): RecordBatch {
    if (!batch.schema.fields.some(({ type }) => DataType.isDuration(type))) return batch
    const children = batch.schema.fields.map((_, index) => {
      const column = batch.getChildAt(index) as Vector
      return (DataType.isDuration(column.type) ? intervalTexts(column) : column).data[0]
    })
    const { fields } = this.#schema
    const type = new Struct(fields)
    const length = batch.numRows
    const data = makeData({ type, length, nullCount: 0, children: children.filter(isThere) })
    return new RecordBatch(this.#schema, data)
  }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

const unitsPerSecond: Readonly<Record<number, bigint>> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
}

function intervalTexts(column: Vector): Vector {
  const perSecond = unitsPerSecond[(column.type as { unit: number }).unit] ?? 1n
  const texts = Array.from({ length: column.length }, (_, row) => {
    const value = column.get(row) as bigint | null
    return value === null ? null : intervalText((BigInt(value) * 1_000_000n) / perSecond)
  })
  return vectorFromArray(texts, new Utf8())
}

const dayMicros = 86_400_000_000n

/** Days and a time, such as `2 days 03:04:05.6`, as DuckDB prints an interval. */
export function intervalText(micros: bigint): string {
  const days = micros / dayMicros
  const rest = micros % dayMicros
  const size = rest < 0n ? -rest : rest
  const two = (value: bigint): string => String(value).padStart(2, '0')
  const seconds = size / 1_000_000n
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':')
  const time = `${rest < 0n ? '-' : ''}${clock}${fraction === '' ? '' : `.${fraction}`}`
  const whole = days === 0n ? '' : `${days} ${days === 1n || days === -1n ? 'day' : 'days'}`
  if (whole !== '' && rest === 0n) return whole
  return whole === '' ? time : `${whole} ${time}`
}

const named: readonly [(type: DataType) => boolean, string][] = [
  [DataType.isBool, 'BOOLEAN'],
  [DataType.isUtf8, 'VARCHAR'],
  [DataType.isLargeUtf8, 'VARCHAR'],
  [DataType.isBinary, 'BLOB'],
  [DataType.isLargeBinary, 'BLOB'],
  [DataType.isDate, 'DATE'],
  [DataType.isNull, '"NULL"'],
  [DataType.isInterval, 'INTERVAL'],
  [DataType.isDuration, 'INTERVAL'],
]
const integers: Readonly<Record<number, string>> = {
  8: 'TINYINT',
  16: 'SMALLINT',
  32: 'INTEGER',
  64: 'BIGINT',
}

/** The name that DuckDB gives to what Spark sent. */
function sqlTypeOf(type: DataType): string {
  if (DataType.isInt(type)) return integers[type.bitWidth] ?? 'BIGINT'
  if (DataType.isFloat(type)) return String(type) === 'Float32' ? 'FLOAT' : 'DOUBLE'
  if (DataType.isDecimal(type)) return `DECIMAL(${type.precision},${type.scale})`
  if (DataType.isTimestamp(type)) return type.timezone ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP'
  if (DataType.isList(type)) return `${sqlTypeOf(type.valueType)}[]`
  if (DataType.isStruct(type)) {
    const members = type.children.map(child => `${child.name} ${sqlTypeOf(child.type)}`)
    return `STRUCT(${members.join(', ')})`
  }
  if (DataType.isMap(type)) {
    return `MAP(${sqlTypeOf(type.keyType)}, ${sqlTypeOf(type.valueType)})`
  }
  return named.find(([is]) => is(type))?.[1] ?? String(type)
}
