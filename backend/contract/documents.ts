import { type Static, Type } from 'typebox'

/** A notebook or a dashboard by its file name without the ending: letters, digits, `-` and `_`. */
export const DocumentName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$' })

export const DocumentSummary = Type.Object({
  name: Type.String(),
  title: Type.String(),
  modifiedAt: Type.String({ description: 'ISO 8601' }),
  /** Whether it holds something that is kept current: a live cell, or any cell tile. */
  isLive: Type.Optional(Type.Boolean()),
  /** Set when the file cannot be read as what it should be; it is left as it is. */
  problem: Type.Optional(Type.String()),
})
export type DocumentSummary = Static<typeof DocumentSummary>

export const DocumentList = Type.Object({
  notebooks: Type.Array(DocumentSummary),
  dashboards: Type.Array(DocumentSummary),
})
export type DocumentList = Static<typeof DocumentList>

export const TilePlace = Type.Object({
  x: Type.Integer({ minimum: 0, maximum: 11 }),
  y: Type.Integer({ minimum: 0 }),
  w: Type.Integer({ minimum: 1, maximum: 12 }),
  h: Type.Integer({ minimum: 1 }),
})
export type TilePlace = Static<typeof TilePlace>

const CellTile = Type.Object({
  id: Type.String({ minLength: 1 }),
  kind: Type.Literal('cell'),
  notebook: DocumentName,
  cell: Type.String({ minLength: 1 }),
  title: Type.Optional(Type.String()),
  view: Type.Enum(['chart', 'table', 'number']),
  place: TilePlace,
})

const TextTile = Type.Object({
  id: Type.String({ minLength: 1 }),
  kind: Type.Literal('text'),
  markdown: Type.String(),
  place: TilePlace,
})

export const Tile = Type.Union([CellTile, TextTile])
export type Tile = Static<typeof Tile>

/** A `*.dashboard.json` file: tiles on a grid of twelve columns, each pointing at a notebook's cell or holding text. */
export const Dashboard = Type.Object({
  title: Type.String(),
  tiles: Type.Array(Tile),
})
export type Dashboard = Static<typeof Dashboard>
