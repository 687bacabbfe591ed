import { Failure } from '../../base/failure.ts'
import { isDefinition, statementPattern } from '../../contract/definition-statement.ts'
import type { Definition } from '../../live/definition-store.ts'

/** A live view as it was asked for. */
export interface ViewDefinition extends Definition {
  /** The SELECT. */
  readonly sql: string
  /** For how long rows are kept by the time that they are grouped by, such as `7 day`; undefined for ever. */
  readonly retention?: string | undefined
}

/** What can be said of live views, besides reading them. */
export type ViewStatement =
  | {
      readonly kind: 'create'
      readonly name: string
      readonly replaces: boolean
      readonly ifAbsent: boolean
      /** For how long rows are kept, such as `7 day`; undefined for ever. */
      readonly retention: string | undefined
      /** The SELECT. */
      readonly sql: string
      /** How many characters stand before it. */
      readonly offset: number
    }
  | { readonly kind: 'drop'; readonly name: string; readonly ifThere: boolean }
  | { readonly kind: 'show' }

const name = String.raw`("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_]*)`

const span = String.raw`(?:interval~)?'?~(\d+) (second|minute|hour|day|week|month|year)s?~'?`
const settings = `(?: with~\\(~retention~=~${span}~\\))?`

const create = statementPattern(
  `create( or replace)? live view( if not exists)? (?:live~\\.~)?${name}${settings}~as(?![\\p{L}\\p{N}_])`,
)
const drop = statementPattern(`drop live view( if exists)? (?:live~\\.~)?${name}~;?~$`)
const begins = statementPattern('(?:create|drop|show)(?: or replace)? live ')
const show = statementPattern('show live views~;?~$')

/**
 * Reads a statement about live views; undefined when it is none.
 * @throws Failure `sql-syntax` when it begins like one and goes on otherwise
 */
export function viewStatementOf(sql: string): ViewStatement | undefined {
  if (!isDefinition(sql) || !begins.test(sql)) return undefined
  const created = create.exec(sql)
  if (created) {
    const [head, replaces, ifAbsent, quoted = '', count, unit] = created
    const select = sql.slice(head.length).replace(/;\s*$/, '')
    if (select.trim() === '') throw wrong('After AS comes the SELECT.')
    return {
      kind: 'create',
      name: plain(quoted),
      replaces: replaces !== undefined,
      ifAbsent: ifAbsent !== undefined,
      retention: count && unit ? `${count} ${unit.toLowerCase()}` : undefined,
      sql: select,
      offset: head.length,
    }
  }
  const dropped = drop.exec(sql)
  if (dropped) {
    const [, ifThere, quoted = ''] = dropped
    return { kind: 'drop', name: plain(quoted), ifThere: ifThere !== undefined }
  }
  if (show.test(sql)) return { kind: 'show' }
  throw wrong('This is no statement about a live view.')
}

/** Names are told apart as DuckDB does, whatever their case. */
function plain(quoted: string): string {
  const text = quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted
  return text.toLowerCase()
}

function wrong(detail: string): Failure {
  return new Failure('sql-syntax', detail, {
    hint: 'CREATE [OR REPLACE] LIVE VIEW name [WITH (retention = INTERVAL 7 DAY)] AS SELECT …, DROP LIVE VIEW [IF EXISTS] name, or SHOW LIVE VIEWS.',
  })
}
