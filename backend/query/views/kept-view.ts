import { literal } from '../../base/sql.ts'
import type { HeldHistory, TableFile } from '../engine-messages.ts'
import { mayHoldAbove } from '../scans/file-offsets.ts'
import type { StreamSource } from '../union-tables.ts'
import { beingMade } from './being-made.ts'
import { allParts, type MadeParts } from './parts-maker.ts'
import type { ViewPlan } from './view-plan.ts'
import type { ViewDefinition } from './view-statement.ts'

/** A history that is taken into the parts file by file, since it is not kept on this machine. */
export interface Taking {
  /** As it was when that began. */
  readonly source: StreamSource
  /** The recent parts with what has been taken by now. */
  readonly recent: MadeParts
  readonly left: readonly TableFile[]
}

/** A view, and how far its parts go. */
export interface KeptView {
  readonly definition: ViewDefinition
  readonly plan: ViewPlan
  /** Most of the parts, and those that came since: names of tables in the schema `view_parts`. */
  base: string
  recent: string
  /** Partition → the first offset that the parts do not hold. */
  positions: ReadonlyMap<number, number>
  /** Why the parts fell behind, when they did. */
  problem: string | undefined
  /** How many rows a reader gets, about: large views are counted now and then. */
  rows: number
  /** Paths of the lake's files that hold nothing that the parts do not hold, in this version of its table. */
  files: ReadonlySet<string>
  version: number | undefined
  taking: Taking | undefined
}

/** Files that can hold what the parts do not hold. */
export function newFilesOf(
  { files, positions }: Pick<KeptView, 'files' | 'positions'>,
  source: StreamSource,
): TableFile[] {
  return source.files.filter(
    ({ path, stats }) => !files.has(path) && mayHoldAbove(stats, positions),
  )
}

/** What a view has, or is about to take; undefined while that is nothing. */
export function heldBy({ version, positions, taking }: KeptView): HeldHistory | undefined {
  if (taking) return { version: taking.source.version, positions: taking.source.committed }
  return version === undefined ? undefined : { version, positions }
}

/** What a reader gets: the parts, and those of all rows that have come since. */
export function viewSql(view: KeptView, source: StreamSource): string {
  const { plan, positions } = view
  const newFiles = newFilesOf(view, source)
  const isNew = source.isAtOrAbove(positions)
  const isMissing = newFiles.some(({ isHere }) => !isHere)
  const rows = [
    ...(newFiles.length === 0 || isMissing ? [] : [`${source.scan(newFiles)} WHERE ${isNew}`]),
    `SELECT ${source.columns} FROM ${source.rowsTable} WHERE ${isNew}`,
  ]
  const parts = [allParts([view.base, view.recent]), plan.partialSql(rows.join(' UNION ALL '))]
  const final = plan.finalSql(parts.join(' UNION ALL '))
  if (!isMissing) return final
  const { definition, taking, problem } = view
  const left = taking?.left ?? newFiles
  const reason = beingMade({
    view: definition.name,
    stream: plan.stream,
    left: left.length,
    total: (taking?.source.files ?? newFiles).length,
    problem,
  })
  return `FROM (${final}) WHERE (SELECT error(${literal(reason)})) IS NULL`
}

/** SQL of some parts, with those of files of the history beside them. */
export function withFiles(
  { plan, positions }: Pick<KeptView, 'plan' | 'positions'>,
  {
    source,
    files,
    recent,
  }: {
    readonly source: StreamSource
    readonly files: readonly TableFile[]
    readonly recent: string
  },
): string {
  const rows = `${source.scan(files)} WHERE ${source.isAtOrAbove(positions)}`
  return `${allParts([recent])} UNION ALL ${plan.partialSql(rows)}`
}
