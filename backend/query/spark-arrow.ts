import { DataType, Field, RecordBatchReader, RecordBatchStreamWriter, Schema } from 'apache-arrow'
import type { ResultColumn } from '../contract/query.ts'
import { ByteCollector, sqlTypeKey } from './arrow-encoder.ts'

/** Makes one Arrow IPC stream of Spark's batches, each of which is a whole stream, with SQL types in its schema. */
export class SparkArrow {
  readonly #sink = new ByteCollector()
  readonly #writer = new RecordBatchStreamWriter()
  #columns: readonly ResultColumn[] | undefined

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
      if (wanted.numRows > 0) this.#writer.write(wanted)
    }
    return this.#sink.take()
  }

  end(): Buffer {
    this.#writer.finish()
    return this.#sink.take()
  }

  #begin(schema: Schema): void {
    const fields = schema.fields.map(({ name, type, nullable }) => {
      return new Field(name, type, nullable, new Map([[sqlTypeKey, sqlTypeOf(type)]]))
    })
    this.#columns = fields.map(({ name, type }) => ({ name, type: sqlTypeOf(type) }))
    this.#writer.reset(this.#sink, new Schema(fields))
  }
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
