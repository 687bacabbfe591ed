import type { ResultColumn, StreamState } from '../contract/query.ts'
import type { RecordBatch } from '../events/record-batch.ts'
import type { StreamDefinition } from '../events/stream-definition.ts'
import type { LakeColumn } from '../lake/delta-schema.ts'
import type { MappedRequest } from '../live/mapped-reader.ts'
import type { TableMapping } from '../live/table-mapping.ts'
import type { PlainFailure } from './plain-failure.ts'
import type { RequiredOffsets, Statement, StreamScan } from './query-engine.ts'
import type { KeepSettings } from './views/keep-settings.ts'
import type { ViewDefinition } from './views/view-statement.ts'

/** Statements that run at the same time, each on a connection of its own. */
export const runsMax = 16

/** What the engine's process needs to know before anything else. */
export interface EngineSetup {
  readonly streams: readonly StreamDefinition[]
  readonly threads: number
  readonly memoryBytesMax: number
  /** The only folders that its DuckDB may read. */
  readonly readableFolders: readonly string[]
  readonly scratchFolder: string
  readonly spillFolder: string
  /** Which live statements are kept current; as usual where it says nothing. */
  readonly keeping?: Partial<KeepSettings>
}

/** A file of the lake. */
export interface TableFile {
  readonly path: string
  /** Its name on this machine, once it is here. */
  readonly localFile: string
  readonly bytes: number
  /** What the Delta log says of its rows, as JSON. */
  readonly stats: string | undefined
  /** Whether it is on this machine, and stays until statements see another snapshot. */
  readonly isHere: boolean
}

/** What live views have of a stream's table: they will need files that came later. */
export interface HeldHistory {
  readonly version: number
  /** Partition → the first offset that they do not have. */
  readonly positions: ReadonlyMap<number, number>
}

/** A lake table as statements shall see it. */
export interface TableState {
  readonly table: string
  readonly version: number
  readonly columns: readonly LakeColumn[]
  readonly files: readonly TableFile[]
  /** Whether some files were written before the newest column was added. */
  readonly hasOlderFiles: boolean
  /** Stream → partition → the first offset that the table does not hold. */
  readonly positions: ReadonlyMap<string, ReadonlyMap<number, number>>
}

export type ToProcess =
  | { readonly type: 'setup'; readonly setup: EngineSetup }
  | { readonly type: 'table'; readonly state: TableState }
  | {
      readonly type: 'tail'
      readonly stream: string
      readonly batches: readonly RecordBatch[]
      readonly asOf: number
    }
  | {
      readonly type: 'run'
      readonly id: number
      readonly statement: Statement
      readonly rowsMax: number
      readonly batchRowsMax: number | undefined
      readonly after: RequiredOffsets | undefined
      /** Whether it runs again and again. */
      readonly isLive: boolean
    }
  /** To tell what the statement would read. */
  | { readonly type: 'plan'; readonly id: number; readonly statement: Statement }
  /** Files that a statement has asked for are here, or cannot be brought. */
  | { readonly type: 'brought'; readonly id: number; readonly failure: PlainFailure | undefined }
  /** So many of the files that live views have asked for are here, the first ones; or none can be brought. */
  | {
      readonly type: 'broughtToViews'
      readonly id: number
      readonly count: number
      readonly failure: PlainFailure | undefined
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'view'; readonly id: number; readonly definition: ViewDefinition }
  | { readonly type: 'dropView'; readonly id: number; readonly name: string }
  | { readonly type: 'mapping'; readonly id: number; readonly mapping: TableMapping }
  | { readonly type: 'dropMapping'; readonly id: number; readonly name: string }
  /** Rows that the statement `id` has asked for, packed; the last ones, or why there are none, end them. */
  | {
      readonly type: 'rows'
      readonly id: number
      readonly bytes: Uint8Array
      readonly isLast: boolean
    }
  | { readonly type: 'rowsFailed'; readonly id: number; readonly failure: PlainFailure }
  /** To be answered when all that came before is in sight of statements. */
  | { readonly type: 'settle'; readonly id: number }
  /** The receiver has taken so many `messages` of a result. */
  | { readonly type: 'taken'; readonly id: number; readonly count: number }

export type FromProcess =
  | { readonly type: 'ready' }
  /** Statements see the stream up to these positions from now on. */
  | {
      readonly type: 'applied'
      readonly stream: string
      readonly positions: ReadonlyMap<number, number>
      readonly version: number
      readonly asOf: number
      /** Whether it answers a `tail` message. */
      readonly isTail: boolean
    }
  /** Batches came that do not go on where the ones before have ended. */
  | {
      readonly type: 'gap'
      readonly stream: string
      readonly positions: ReadonlyMap<number, number>
    }
  /** What was asked for has been done, or could not be. */
  | { readonly type: 'changed'; readonly id: number; readonly failure: PlainFailure | undefined }
  | {
      readonly type: 'started'
      readonly id: number
      readonly columns: readonly ResultColumn[]
      readonly streams: readonly StreamState[]
      readonly isVolatile: boolean
      readonly scans: readonly StreamScan[]
      readonly isKept: boolean
    }
  | {
      readonly type: 'planned'
      readonly id: number
      readonly scans: readonly StreamScan[]
      readonly failure: PlainFailure | undefined
    }
  /** The statement needs files of the lake, which are to stay here until it has ended. */
  | {
      readonly type: 'bring'
      readonly id: number
      readonly stream: string
      readonly paths: readonly string[]
      /** Of all of them. */
      readonly bytes: number
    }
  /** Live views are made of files of the lake: as many as there is room for are to stay here until others are asked for. */
  | {
      readonly type: 'bringToViews'
      readonly id: number
      readonly stream: string
      readonly files: readonly Pick<TableFile, 'path' | 'bytes'>[]
    }
  /** What live views of the stream have, or are about to take; undefined: there are none. */
  | { readonly type: 'viewsHold'; readonly stream: string; readonly held: HeldHistory | undefined }
  /** The statement needs rows of a table of HBase. */
  | { readonly type: 'read'; readonly id: number; readonly request: MappedRequest }
  /** It has taken one pack of them. */
  | { readonly type: 'rowsTaken'; readonly id: number }
  /** Messages of an Arrow IPC stream, one after the other. */
  | { readonly type: 'messages'; readonly id: number; readonly parts: readonly Uint8Array[] }
  | {
      readonly type: 'progress'
      readonly id: number
      readonly share: number | null
      readonly rows: number
    }
  | { readonly type: 'several'; readonly messages: readonly FromProcess[] }
  | { readonly type: 'done'; readonly id: number; readonly rows: number }
  | { readonly type: 'failed'; readonly id: number; readonly failure: PlainFailure }
