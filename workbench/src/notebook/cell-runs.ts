import { changesDefinitions } from '../../../backend/contract/definition-statement.ts'
import { cellBody, isLiveCell, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { CellRunner, type RunnerParts } from '../cell/cell-runner.ts'
import { isBusy } from '../cell/run-state.ts'
import type { RunTarget } from '../cell/run-target.ts'
import type { CellTargets } from './cell-targets.ts'
import { InputWatch, type Refreshed } from './input-watch.ts'
import type { CellId } from './notebook-state.ts'

/** The notebook's statements, in their order. */
export type SqlCells = () => readonly (readonly [CellId, SqlCell])[]

/** After so long without a change of the notebook it is looked whether results are still those of their statements. */
const lookAfterMs = 300

/** What the cells of a notebook run, and for what they run again. */
export class CellRuns {
  /** Nothing runs by itself while nobody looks. */
  isShown = false
  private readonly parts: RunnerParts
  private readonly targets: CellTargets
  private readonly cells: SqlCells
  private readonly runners = new Map<CellId, CellRunner>()
  private readonly watches = new Map<CellId, InputWatch>()
  private isKeeping = false
  private callOffLook: (() => void) | null = null

  constructor(parts: RunnerParts, targets: CellTargets, cells: SqlCells) {
    this.parts = parts
    this.targets = targets
    this.cells = cells
  }

  runner(id: CellId): CellRunner {
    const known = this.runners.get(id)
    if (known) return known
    const runner = new CellRunner(this.parts)
    this.runners.set(id, runner)
    let answered: string | null = null
    runner.run.subscribe(() => {
      const { phase, shown } = runner.run.get()
      if (phase.is !== 'done' || shown === null || shown.sent === answered) return
      answered = shown.sent
      this.runReaders(id)
    })
    return runner
  }

  show(): void {
    this.isShown = true
    for (const watch of this.watches.values()) watch.check()
  }

  hide(): void {
    this.isShown = false
    for (const runner of this.runners.values()) runner.stopLive()
  }

  close(): void {
    this.callOffLook?.()
    for (const watch of this.watches.values()) watch.end()
    for (const runner of this.runners.values()) runner.dispose()
  }

  run(id: CellId): void {
    const cell = this.cell(id)
    if (!cell) return
    const sql = cellBody(cell)
    if (sql.trim() === '') return
    const runner = this.runner(id)
    if (runner.run.get().live !== 'off') this.goLive(id)
    else void runner.start(sql, signal => this.choose(id, cell, signal))
  }

  goLive(id: CellId): void {
    const cell = this.cell(id)
    if (!cell) return
    const sql = cellBody(cell)
    const runner = this.runner(id)
    this.watches.get(id)?.end()
    try {
      runner.goLive(sql, this.targets.liveStatement(cell))
    } catch (error) {
      runner.refuse(sql, problemOf(error))
    }
  }

  /** Starts what is live and, if `runsOnce`, what else only reads. */
  startAll(runsOnce: boolean): void {
    for (const [id, cell] of this.cells()) {
      const sql = cellBody(cell)
      if (isLiveCell(cell) && sql.trim() !== '') this.goLive(id)
      else if (runsOnce && !changesDefinitions(sql)) this.run(id)
    }
  }

  /** Ends the work of a cell that leaves the notebook. */
  end(id: CellId): void {
    this.watches.get(id)?.pause()
    this.runner(id).dispose()
  }

  /** A cell has come back: it goes on where it ended. */
  resume(id: CellId): void {
    const cell = this.cell(id)
    if (cell && isLiveCell(cell)) this.goLive(id)
    else this.watches.get(id)?.resume()
  }

  /** Runs those cells again that read a file. */
  rerun(file: string): void {
    for (const [id, cell] of this.cells()) if (this.targets.readsFile(cell, file)) this.run(id)
  }

  /** Makes a change after which statements mean the same as before: results that were theirs still are. */
  keepingResults(change: () => void): void {
    const current = this.cells().flatMap(([id]) => (this.isOutdated(id) ? [] : [id]))
    this.isKeeping = true
    change()
    for (const id of current) {
      const sent = this.serverSql(id)
      if (sent !== null) this.runner(id).resent(sent)
    }
    this.isKeeping = false
  }

  /** The result of a cell is that of its statement as it is written now; what is under way begins again. */
  restate(id: CellId, from: string, to: string): void {
    const runner = this.runner(id)
    const { live, sql, phase } = runner.run.get()
    runner.restate(from, to)
    if (sql !== from) return
    if (live !== 'off' || phase.is === 'queued' || phase.is === 'running') this.run(id)
    else if (runner.isRefreshing) void this.refresh(id)
  }

  /** Looks soon whether results are still those of their statements, with the cells that these read. */
  lookSoon(): void {
    this.callOffLook?.()
    this.callOffLook = this.parts.clock.after(lookAfterMs, () => {
      this.callOffLook = null
      for (const [id] of this.cells()) this.runner(id).isOutdated.set(this.isOutdated(id))
    })
  }

  /** A cell has another statement: those that the server answers with it run again. */
  private runReaders(id: CellId): void {
    const read = this.cell(id)
    this.lookSoon()
    if (!read || !this.isShown || this.isKeeping) return
    for (const [reader, cell] of this.cells()) {
      if (reader === id || !this.targets.inlines(cell, read) || !this.isOutdated(reader)) continue
      // What makes or drops something is not done unasked.
      if (changesDefinitions(cellBody(cell))) continue
      if (this.runner(reader).run.get().live !== 'off') this.goLive(reader)
      else void this.refresh(reader)
    }
  }

  private isOutdated(id: CellId): boolean {
    const { shown } = this.runner(id).run.get()
    const sql = shown && this.serverSql(id)
    return sql !== null && sql !== shown?.sent
  }

  /** What the server is asked for a cell whose result it gave; null when it did not, or another statement is written now. */
  private serverSql(id: CellId): string | null {
    const cell = this.cell(id)
    const { shown } = this.runner(id).run.get()
    if (!cell || !shown || shown.sql !== cellBody(cell) || shown.engine === 'browser') return null
    return this.targets.onServer(cell)?.sql ?? null
  }

  private async choose(id: CellId, cell: SqlCell, signal: AbortSignal): Promise<RunTarget> {
    const { target, inputs } = await this.targets.choose(cell, signal)
    this.watchOf(id).watch(inputs)
    return target
  }

  private watchOf(id: CellId): InputWatch {
    const watch = this.watches.get(id) ?? new InputWatch(this.parts.clock, () => this.refresh(id))
    this.watches.set(id, watch)
    return watch
  }

  /** Runs a cell again over other inputs, unless its statement has been changed since. */
  private async refresh(id: CellId): Promise<Refreshed> {
    const cell = this.cell(id)
    const runner = this.runner(id)
    if (!cell || !this.isShown) return 'later'
    const sql = cellBody(cell)
    if (isBusy(runner.run.get())) return 'busy'
    if (runner.run.get().sql !== sql) return 'done'
    await runner.refresh(sql, signal => this.choose(id, cell, signal))
    return 'done'
  }

  private cell(id: CellId): SqlCell | undefined {
    return this.cells().find(([each]) => each === id)?.[1]
  }
}
