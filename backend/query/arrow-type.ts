import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'

/** One is asked for with each chunk. */
const arrowTypes = new WeakMap<DuckDBType, DataType>()

/** The Arrow type of a DuckDB type; text for those that Arrow has no equal of. */
export function arrowType(type: DuckDBType): DataType {
  const made = arrowTypes.get(type) ?? makeArrowType(type)
  arrowTypes.set(type, made)
  return made
}

function makeArrowType(type: DuckDBType): DataType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return new Bool()
    case DuckDBTypeId.TINYINT:
      return new Int8()
    case DuckDBTypeId.SMALLINT:
      return new Int16()
    case DuckDBTypeId.INTEGER:
      return new Int32()
    case DuckDBTypeId.BIGINT:
      return new Int64()
    case DuckDBTypeId.UTINYINT:
      return new Uint8()
    case DuckDBTypeId.USMALLINT:
      return new Uint16()
    case DuckDBTypeId.UINTEGER:
      return new Uint32()
    case DuckDBTypeId.UBIGINT:
      return new Uint64()
    case DuckDBTypeId.FLOAT:
      return new Float32()
    case DuckDBTypeId.DOUBLE:
      return new Float64()
    case DuckDBTypeId.HUGEINT:
      return new Decimal(0, 38)
    case DuckDBTypeId.DECIMAL: {
      const { scale, width } = type as DuckDBDecimalType
      return new Decimal(scale, width)
    }
    case DuckDBTypeId.DATE:
      return new DateDay()
    case DuckDBTypeId.TIME:
      return new TimeMicrosecond()
    case DuckDBTypeId.TIMESTAMP:
      return new TimestampMicrosecond()
    case DuckDBTypeId.TIMESTAMP_TZ:
      return new TimestampMicrosecond('UTC')
    case DuckDBTypeId.TIMESTAMP_S:
      return new TimestampSecond()
    case DuckDBTypeId.TIMESTAMP_MS:
      return new TimestampMillisecond()
    case DuckDBTypeId.TIMESTAMP_NS:
      return new TimestampNanosecond()
    case DuckDBTypeId.BLOB:
      return new Binary()
    case DuckDBTypeId.LIST:
      return new List(new Field('item', arrowType((type as DuckDBListType).valueType), true))
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      const entry = [
        new Field('key', arrowType(keyType), false),
        new Field('value', arrowType(valueType), true),
      ]
      return new Map_(new Field('entries', new Struct(entry), false) as never)
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      return new Struct(
        entryTypes.map((entry, n) => new Field(entryNames[n] ?? '', arrowType(entry), true)),
      )
    }
    default:
      return new Utf8()
  }
}

/** A type as SQL writes it; by its own name where it has one, as JSON does. */
export function typeName(type: DuckDBType | undefined): string {
  return type?.alias ?? String(type)
}
