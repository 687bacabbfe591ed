import protobuf from 'protobufjs'
import type { Row, ScanOptions } from './live-store.ts'

/** The messages of HBase's REST gateway that are used here; the numbers of their fields are its own. */
const definition = `
  syntax = "proto2";
  message Cell {
    optional bytes row = 1;
    optional bytes column = 2;
    optional int64 timestamp = 3;
    optional bytes data = 4;
  }
  message CellSet {
    message Row {
      required bytes key = 1;
      repeated Cell values = 2;
    }
    repeated Row rows = 1;
  }
  message Scanner {
    optional bytes startRow = 1;
    optional bytes endRow = 2;
    repeated bytes columns = 3;
    optional int32 batch = 4;
    optional int64 startTime = 5;
    optional int64 endTime = 6;
    optional int32 maxVersions = 7;
    optional int32 caching = 9;
  }
`

export const protobufType = 'application/x-protobuf'

const { root } = protobuf.parse(definition)
const cellSet = root.lookupType('CellSet')
const scanner = root.lookupType('Scanner')

interface EncodedCell {
  readonly column: Buffer
  readonly timestamp: { toNumber(): number } | number
  readonly data: Buffer
}

export function encodeRows(rows: readonly Row[]): Buffer {
  const encoded = rows.map(({ key, cells }) => ({
    key,
    values: cells.map(({ column, timestamp, value }) => ({
      column: Buffer.from(column),
      timestamp,
      data: value,
    })),
  }))
  return Buffer.from(cellSet.encode({ rows: encoded }).finish())
}

/** Rows as the gateway cuts them: the last one may go on in the next answer. */
export function decodeRows(body: Buffer): Row[] {
  const { rows } = cellSet.decode(body) as unknown as {
    rows: { key: Buffer; values: EncodedCell[] }[]
  }
  return rows.map(({ key, values }) => ({ key, cells: values.map(cellOf) }))
}

function cellOf({ column, timestamp, data }: EncodedCell): Row['cells'][number] {
  return {
    column: column.toString(),
    timestamp: typeof timestamp === 'number' ? timestamp : timestamp.toNumber(),
    value: data,
  }
}

/** @param start where the scan begins, which for one that goes on is not where it began first */
export function encodeScanner(options: ScanOptions, start: Buffer | undefined): Buffer {
  const { end, columns = [], timestamps, versionsMax = 1 } = options
  const message = {
    ...(start === undefined ? {} : { startRow: start }),
    ...(end === undefined ? {} : { endRow: end }),
    columns: columnsAsked(columns).map(column => Buffer.from(column)),
    ...(timestamps === undefined ? {} : { startTime: timestamps.from, endTime: timestamps.to }),
    maxVersions: versionsMax,
  }
  return Buffer.from(scanner.encode(message).finish())
}

/** HBase takes a family and one of its columns, both asked for, as the column alone. */
export function columnsAsked(columns: readonly string[]): readonly string[] {
  return columns.filter(column => {
    const [family = ''] = column.split(':')
    return column === family || !columns.includes(family)
  })
}

/** Keys are any bytes; as they are, the gateway takes them for UTF-8 and changes those that are not. */
export function encodeKey(key: Buffer | string): string {
  return Buffer.from(key as string).toString('base64url')
}
