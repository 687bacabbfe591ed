import { type Static, Type } from 'typebox'
import { EngineName } from './query.ts'

export const CatalogColumn = Type.Object({
  name: Type.String(),
  type: Type.String(),
  isNullable: Type.Boolean(),
  description: Type.Optional(Type.String()),
})
export type CatalogColumn = Static<typeof CatalogColumn>

export const CatalogTable = Type.Object({
  /** Empty for what needs no schema name, such as `events`. */
  schema: Type.String(),
  name: Type.String(),
  kind: Type.Enum(['stream', 'dead-letters', 'live-view', 'hbase', 'lake']),
  description: Type.Optional(Type.String()),
  columns: Type.Array(CatalogColumn),
  rows: Type.Integer(),
  bytes: Type.Integer(),
  /** Whether its rows change while events arrive. */
  isLive: Type.Boolean(),
})
export type CatalogTable = Static<typeof CatalogTable>

export const CatalogFunction = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['scalar', 'aggregate', 'table', 'macro']),
  /** One entry an overload: its parameters as they are written, such as `part, timestamp`. */
  signatures: Type.Array(Type.String()),
  description: Type.Optional(Type.String()),
})
export type CatalogFunction = Static<typeof CatalogFunction>

export const Catalog = Type.Object({
  /** What a statement can be asked to run on. */
  engines: Type.Array(EngineName),
  tables: Type.Array(CatalogTable),
  functions: Type.Array(CatalogFunction),
  keywords: Type.Array(Type.String()),
})
export type Catalog = Static<typeof Catalog>
