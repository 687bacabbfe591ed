/** The part of the hbase package that is used here. */
declare module 'hbase' {
  type Callback<T> = (error: (Error & { code?: number | string }) | null, value: T) => void

  export interface TableSchema {
    readonly ColumnSchema: readonly Readonly<Record<string, string>>[]
  }

  export interface HbaseTable {
    create(schema: TableSchema, callback: Callback<boolean>): void
    update(schema: TableSchema, callback: Callback<boolean>): void
    /** A gateway that has just started may leave the families out. */
    schema(callback: Callback<Partial<TableSchema> | null>): void
  }

  export interface HbasePackage {
    table(name: string): HbaseTable
    readonly connection: { readonly options: Record<string, unknown> }
  }

  export default function hbase(options: Readonly<Record<string, unknown>>): HbasePackage
}
