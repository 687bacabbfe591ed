import type { Definition } from './definition-store.ts'

/**
 * How a value is written in HBase. `binary` is what HBase's own `Bytes.toBytes` writes: numbers of fixed length, highest
 * byte first, times as milliseconds since the epoch. `text` is the value as it is printed, in UTF-8. `ordered` is binary
 * whose bytes sort as its values do, `reversed` sorts them the other way round.
 */
export type Encoding = 'binary' | 'text' | 'ordered' | 'reversed'

/** A part of the row key; parts follow one another without anything between them. */
export interface KeyPart {
  readonly encoding: Encoding
  /** Texts that end with this, which they do not hold; the last part of a key needs none. */
  readonly until?: string | undefined
  /** Texts of this many bytes, filled up with zeros. */
  readonly width?: number | undefined
}

export type ColumnSource =
  | ({ readonly from: 'key' } & KeyPart)
  | {
      readonly from: 'cell'
      /** `family:qualifier`. */
      readonly cell: string
      readonly encoding: Encoding
      /** Rows without it are none of the table. */
      readonly isRequired: boolean
    }
  /** The timestamp of the newest of a row's cells. */
  | { readonly from: 'version' }

export interface MappedColumn {
  readonly name: string
  /** As SQL writes it, in capitals, such as `DECIMAL(10,2)`. */
  readonly type: string
  readonly source: ColumnSource
}

/** How the bytes of a table of HBase are read as columns of SQL. */
export interface TableMapping extends Definition {
  /** As HBase calls it, such as `shop:profiles`. */
  readonly table: string
  /** One row for each timestamp of so many versions; 1 takes the newest of each column. */
  readonly versionsMax: number
  readonly columns: readonly MappedColumn[]
}

export function keyParts({ columns }: TableMapping): readonly (MappedColumn & {
  readonly source: { readonly from: 'key' } & KeyPart
})[] {
  return columns.filter(isKeyPart)
}

export function isKeyPart(
  column: MappedColumn,
): column is MappedColumn & { readonly source: { readonly from: 'key' } & KeyPart } {
  return column.source.from === 'key'
}
