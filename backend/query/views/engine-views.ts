import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { FromProcess } from '../engine-messages.ts'
import type { SqlFunctions } from '../sql-functions.ts'
import type { UnionTables } from '../union-tables.ts'
import { HistoryFiles } from './history-files.ts'
import { type KeepSettings, keepSettings } from './keep-settings.ts'
import { KeptStatements } from './kept-statements.ts'
import { keptSchema, liveSchema, ViewTables } from './view-tables.ts'

export interface EngineViewsParts {
  /** Changes what statements see. */
  readonly writer: DuckDBConnection
  readonly tables: UnionTables
  readonly functions: SqlFunctions
  /** Columns of each stream. */
  readonly streams: ReadonlyMap<string, readonly string[]>
  readonly keeping: Partial<KeepSettings> | undefined
  /** Runs a change of what statements see when no other is under way. */
  change(work: () => Promise<void>): Promise<void>
  complain(what: string, error: unknown): void
  send(message: FromProcess): void
}

/** The live views of analysts, and those that keep the groups of live statements. */
export class EngineViews {
  readonly live: ViewTables
  readonly history: HistoryFiles
  readonly keptStatements: KeptStatements
  readonly #kept: ViewTables

  static async open(duckDb: DuckDBInstance, parts: EngineViewsParts): Promise<EngineViews> {
    await ViewTables.prepare(parts.writer)
    return new EngineViews(await duckDb.connect(), await duckDb.connect(), parts)
  }

  private constructor(
    liveWorker: DuckDBConnection,
    keptWorker: DuckDBConnection,
    { tables, keeping, complain, send, ...common }: EngineViewsParts,
  ) {
    const settings = { ...keepSettings, ...keeping }
    const sourceOf = (stream: string) => tables.sourceOf(stream)
    this.history = new HistoryFiles(send)
    this.live = new ViewTables({
      ...{ ...common, sourceOf, worker: liveWorker, schema: liveSchema, history: this.history },
      ...{ isListed: true, groupsMax: Number.POSITIVE_INFINITY },
      onProblem: (view, error) => complain(`The live view ${view} falls behind`, error),
    })
    this.#kept = new ViewTables({
      ...{ ...common, sourceOf, worker: keptWorker, schema: keptSchema, history: undefined },
      ...{ isListed: false, groupsMax: settings.groupsMax },
      onProblem: (view, error) => this.keptStatements.viewFailed(view, error),
    })
    this.keptStatements = new KeptStatements({
      ...{ ...common, settings, views: this.#kept },
      onProblem: (sql, error) => complain(`A live statement is not kept current: ${sql}`, error),
    })
    tables.onSource = async stream => {
      for (const views of [this.live, this.#kept]) await views.sourceChanged(stream)
    }
  }

  /** After the transaction that gave a stream another snapshot. */
  snapshotApplied(stream: string): void {
    for (const views of [this.live, this.#kept]) views.snapshotApplied(stream)
  }
}
