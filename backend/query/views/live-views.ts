import type { Clock } from '../../base/clock.ts'
import { Failure, isFailure } from '../../base/failure.ts'
import type { Log } from '../../base/log.ts'
import { literal } from '../../base/sql.ts'
import { placeAt } from '../../contract/duckdb-error.ts'
import type { Position } from '../../contract/problem.ts'
import { viewOutcomeColumns } from '../../contract/query.ts'
import { DefinitionStore } from '../../live/definition-store.ts'
import type { LiveStore } from '../../live/live-store.ts'
import { type DefinitionEngine, Definitions } from '../definitions.ts'
import { type ViewDefinition, viewStatementOf } from './view-statement.ts'

export interface LiveViewsParts {
  readonly liveStore: LiveStore
  readonly engine: DefinitionEngine<ViewDefinition>
  readonly clock: Clock
  readonly log: Log
  /** Statements find other live views than before. */
  onChange(): void
}

/** Makes, drops and shows live views, and follows those that other processes make and drop. */
export class LiveViews {
  readonly #definitions: Definitions<ViewDefinition>

  constructor({ liveStore, ...parts }: LiveViewsParts) {
    this.#definitions = new Definitions({
      ...parts,
      store: new DefinitionStore(liveStore, 'live_views', parts.clock),
      words: { kind: 'live view', other: 'another SELECT' },
      codes: { exists: 'view-exists', unknown: 'unknown-view' },
      isSame: (one, other) =>
        one.sql.trim() === other.sql.trim() && one.retention === other.retention,
    })
  }

  /** Resolves when the views that are there have been made, or cannot be read. */
  start(): Promise<void> {
    return this.#definitions.start()
  }

  close(): Promise<void> {
    return this.#definitions.close()
  }

  /**
   * Does what a statement says of live views, and gives one that reads the outcome; any other statement comes back as it is.
   * @throws Failure `view-exists`, `unknown-view`, and what the engine says of a view
   */
  async resolved(sql: string): Promise<string> {
    const statement = viewStatementOf(sql)
    if (statement === undefined) return sql
    if (statement.kind === 'show') {
      return 'SELECT name, stream, is_complete, rows, problem, statement FROM millrace.live_views ORDER BY name'
    }
    const { name } = statement
    const outcome =
      statement.kind === 'create'
        ? await this.#definitions
            .create({ name, sql: statement.sql, retention: statement.retention }, statement)
            .catch(error => {
              throw placedIn(sql, statement.offset, error)
            })
        : await this.#definitions.drop(name, statement.ifThere)
    const [viewColumn, outcomeColumn] = viewOutcomeColumns
    return `SELECT ${literal(name)} AS ${viewColumn}, ${literal(outcome)} AS ${outcomeColumn}`
  }
}

/** What is wrong with the SELECT, at its place in the whole statement. */
function placedIn(sql: string, before: number, error: unknown): unknown {
  const position = isFailure(error) ? (error.extra.position as Position | undefined) : undefined
  if (!isFailure(error) || position === undefined) return error
  const extra = { ...error.extra, position: placeAt(sql, before + position.offset) }
  return new Failure(error.code, error.message, { hint: error.hint, extra, cause: error })
}
