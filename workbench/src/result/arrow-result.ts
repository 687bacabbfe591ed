import {
  type Batch,
  Column,
  type DataType,
  type Field,
  TimeUnit,
  Type,
  tableFromIPC,
} from '@uwdata/flechette'
import { kindOf } from './column-kind.ts'
import { nestedText } from './nested-text.ts'
import type { Bytes, Result, ResultColumn, ResultExtent, Value } from './result.ts'

const exactly = { useBigInt: true, useBigIntTimestamp: true, useDecimalInt: true }

/** Reads the messages of an Arrow IPC stream; `bytes` may hold one message each, or all in one piece. */
export function readResult(bytes: Bytes | Bytes[], extent: ResultExtent): Result {
  const table = tableFromIPC(bytes, exactly)
  const columns = table.schema.fields.map((field, index) => {
    const column = table.getChildAt(index)
    return readColumn(field, column, index)
  })
  return { columns, rows: table.numRows, source: [bytes].flat(), ...extent }
}

/** Message → the batches of its columns. */
const decoded = new WeakMap<Bytes, readonly Batch<unknown>[]>()

/** Reads a schema and batches without dictionaries, decoding only the batches that have not been read before. */
export function readMessages(messages: readonly Bytes[], extent: ResultExtent): Result {
  const [head = new Uint8Array(), ...batches] = messages
  const { fields } = tableFromIPC(head, exactly).schema
  const read = batches.map(message => decodedBatch(head, message))
  const columns = fields.map((field, index) => {
    const column = new Column<unknown>(
      read.flatMap(batch => batch[index] ?? []),
      field.type,
    )
    return readColumn(field, column, index)
  })
  const rows = read.reduce((sum, [first]) => sum + (first?.length ?? 0), 0)
  return { columns, rows, source: messages, ...extent }
}

function decodedBatch(head: Bytes, message: Bytes): readonly Batch<unknown>[] {
  const known = decoded.get(message)
  if (known) return known
  const { children } = tableFromIPC([head, message], exactly)
  const batches = children.flatMap(({ data }) => data)
  decoded.set(message, batches)
  return batches
}

function readColumn(field: Field, column: Column<unknown>, index: number): ResultColumn {
  const type = valueType(field.type)
  const sqlType = field.metadata?.get('sqlType') ?? arrowSqlType(type)
  const kind = kindOf(sqlType)
  const isStructured = type.typeId === Type.Interval || 'children' in type
  return {
    index,
    name: field.name,
    sqlType,
    kind,
    scale: type.typeId === Type.Decimal ? type.scale : 0,
    unitsPerSecond: unitsOf(type),
    nullCount: column.nullCount,
    at:
      isStructured && type.typeId !== Type.Interval
        ? row => nestedText(column.at(row), type)
        : row => column.at(row) as Value,
  }
}

/** The type of the values behind a dictionary. */
function valueType(type: DataType): DataType {
  return type.typeId === Type.Dictionary ? type.dictionary : type
}

function unitsOf(type: DataType): number {
  if (type.typeId !== Type.Timestamp && type.typeId !== Type.Time) return 1
  const units = { [TimeUnit.SECOND]: 1, [TimeUnit.MILLISECOND]: 1e3, [TimeUnit.MICROSECOND]: 1e6 }
  return (units as Record<number, number>)[type.unit] ?? 1e9
}

/** The SQL type of an Arrow type, for streams that do not say it. */
function arrowSqlType(type: DataType): string {
  switch (type.typeId) {
    case Type.Int:
      return 'BIGINT'
    case Type.Float:
      return 'DOUBLE'
    case Type.Decimal:
      return `DECIMAL(${type.precision},${type.scale})`
    case Type.Bool:
      return 'BOOLEAN'
    case Type.Date:
      return 'DATE'
    case Type.Time:
      return 'TIME'
    case Type.Timestamp:
      return type.timezone ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP'
    case Type.Interval:
      return 'INTERVAL'
    case Type.Binary:
    case Type.LargeBinary:
    case Type.FixedSizeBinary:
      return 'BLOB'
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return 'LIST'
    case Type.Struct:
      return 'STRUCT'
    case Type.Map:
      return 'MAP'
    default:
      return 'VARCHAR'
  }
}
