import type { DuckDBConnection } from '@duckdb/node-api'
import type { Clock } from '../base/clock.ts'
import { isFailure } from '../base/failure.ts'
import type { Finding, Verification, VerificationReport } from '../contract/verification.ts'
import type { EventLog, TopicDescription } from '../events/event-log.ts'
import { committedPositions, streamDomain } from '../ingest/lake-commit.ts'
import type { StreamTables } from '../ingest/stream-tables.ts'
import type { Snapshot } from '../lake/delta-log.ts'
import type { DeltaTable } from '../lake/delta-table.ts'
import type { Lake } from '../lake/lake.ts'
import type { LiveStore } from '../live/live-store.ts'
import { Tail } from '../live/tail.ts'
import { attributeLosses, type LostOffsets, lostText, noneLost } from './attribute-losses.ts'
import { ClaimReader } from './claims.ts'
import { auditDeltaLog, type DeltaLogAudit } from './delta-log-audit.ts'
import { findingOf, offsetSpanOf, recordCountOf, type UnreadableFile } from './file-audit.ts'
import { gapOf, judgeCounts, type PartitionSum } from './judge-counts.ts'
import { LogRecount } from './log-recount.ts'
import { OffsetLedger } from './offset-ledger.ts'
import { partitionCounts } from './partition-counts.ts'
import { setAsideRanges } from './set-aside-domain.ts'
import { auditTables, type TablesAudit } from './tables-audit.ts'
import { auditTail, type TailAudit } from './tail-audit.ts'

export interface StreamCheckParts {
  readonly stream: string
  readonly tables: StreamTables
  readonly lake: Lake
  readonly eventLog: EventLog
  readonly liveStore: LiveStore
  /** Of a DuckDB of its own. */
  readonly connection: DuckDBConnection
  readonly clock: Clock
  readonly signal: AbortSignal
  onProgress(progress: NonNullable<Verification['progress']>): void
}

export interface StreamCheckResult {
  readonly report: VerificationReport
  /** Files that cannot be read, with the offsets that are lost with them. */
  readonly lostFiles: readonly (UnreadableFile & { readonly lost: LostOffsets })[]
}

/** Counts a stream anew: what its commits claim, what its files hold, what tail and log have. */
export class StreamCheck {
  readonly #parts: StreamCheckParts
  readonly #ledger: OffsetLedger
  readonly #findings: Finding[] = []

  private constructor(parts: StreamCheckParts, ledger: OffsetLedger) {
    this.#parts = parts
    this.#ledger = ledger
  }

  static async run(parts: StreamCheckParts): Promise<StreamCheckResult> {
    return new StreamCheck(parts, await OffsetLedger.open(parts.connection)).#run()
  }

  async #run(): Promise<StreamCheckResult> {
    const { stream, tables, clock } = this.#parts
    const startedAt = new Date(clock.now()).toISOString()
    const topic = await this.#topic()
    const audit = await auditTables(this.#parts, this.#ledger)
    const claims = new ClaimReader(stream, tables.events.name)
    const eventCommits = await this.#commits(tables.events, audit.events, claims)
    const letterCommits = await this.#commits(tables.deadLetters, audit.deadLetters)
    claims.finish(audit.events.version, streamDomain(audit.events, stream))
    this.#findings.push(...claims.findings)
    const tails = topic ? await this.#tails(topic, audit.events) : new Map<number, TailAudit>()
    const logOffsets = topic ? await this.#log(topic, audit.events, tails) : 0
    this.#parts.onProgress({ step: 'counts', done: 0, total: 1 })
    const { sums, lostFiles } = await this.#judge(claims, audit)
    const report: VerificationReport = {
      stream,
      startedAt,
      endedAt: new Date(clock.now()).toISOString(),
      version: audit.events.version,
      partitions: partitionCounts(sums, tails, topic),
      files: audit.files,
      commits: addCommits(eventCommits, letterCommits),
      logOffsets,
      findings: this.#findings,
    }
    return { report, lostFiles }
  }

  /** Undefined when the log has none that the lake could hold events of. */
  async #topic(): Promise<TopicDescription | undefined> {
    const { eventLog, stream, tables } = this.#parts
    const known = streamDomain(tables.events.snapshot, stream)?.topicId
    const topic = await eventLog.describeTopic(stream).catch(error => {
      if (isFailure(error, 'unknown-stream')) return undefined
      throw error
    })
    if (topic !== undefined && (known === undefined || known === topic.topicId)) return topic
    if (known === undefined) return undefined
    const detail = `The topic of ${stream} is not the one that the lake holds events of: log and tail were not counted.`
    this.#findings.push({ kind: 'log-recreated', detail })
    return undefined
  }

  async #commits(
    table: DeltaTable,
    { version }: Snapshot,
    claims?: ClaimReader,
  ): Promise<DeltaLogAudit> {
    const { lake, signal, onProgress } = this.#parts
    const audit = await auditDeltaLog(table, lake, {
      version,
      signal,
      onCommit: (at, actions) => claims?.add(at, actions),
      onProgress: (done, total) => onProgress({ step: 'commits', done, total }),
    })
    this.#findings.push(...audit.findings)
    return audit
  }

  async #tails(topic: TopicDescription, counted: Snapshot): Promise<Map<number, TailAudit>> {
    const { stream, liveStore, clock, signal, tables, onProgress } = this.#parts
    const tail = await Tail.open(liveStore, clock, { stream, topicId: topic.topicId })
    const before = committedPositions(counted, stream)
    const tails = new Map<number, TailAudit>()
    for (const { partition, earliestOffset } of topic.partitions) {
      onProgress({ step: 'tail', done: tails.size, total: topic.partitions.length })
      const committedNow = async (): Promise<number> => {
        const committed = committedPositions(await tables.events.refresh(), stream)
        return committed.get(partition) ?? before.get(partition) ?? earliestOffset
      }
      const audit = await auditTail(partition, { stream, tail, clock, signal, committedNow })
      this.#findings.push(...audit.findings)
      tails.set(partition, audit)
    }
    return tails
  }

  /** Reads the log as far as it is filled by now; answers how many offsets that were. */
  async #log(
    { topic }: TopicDescription,
    counted: Snapshot,
    tails: ReadonlyMap<number, TailAudit>,
  ): Promise<number> {
    const { stream, eventLog, signal, onProgress } = this.#parts
    const { partitions } = await eventLog.describeTopic(topic)
    const committed = committedPositions(counted, stream)
    const total = partitions.reduce((sum, p) => sum + p.endOffset - p.earliestOffset, 0)
    let done = 0
    const onOffsets = (count: number): void => {
      done += count
      onProgress({ step: 'log', done: Math.min(done, total), total })
    }
    for (const range of partitions) {
      const tail = tails.get(range.partition)
      if (tail === undefined) continue
      const parts = { stream, eventLog, signal, ledger: this.#ledger, onOffsets }
      const recount = new LogRecount(range, parts)
      this.#findings.push(...(await recount.run(committed.get(range.partition), tail)))
    }
    return done
  }

  async #judge(
    claims: ClaimReader,
    audit: TablesAudit,
  ): Promise<{ sums: readonly PartitionSum[]; lostFiles: StreamCheckResult['lostFiles'] }> {
    const { stream, tables } = this.#parts
    for (const snapshot of [audit.events, audit.deadLetters]) {
      for (const { partition, ranges } of setAsideRanges(snapshot, stream)) {
        await this.#ledger.addRanges('setAside', partition, ranges)
      }
    }
    const judged = judgeCounts(await this.#ledger.count(claims.claims), tables.events.name)
    const files = audit.unreadable.map(each => ({
      span: offsetSpanOf(each),
      rows: recordCountOf(each.file) ?? Infinity,
    }))
    const { ofFiles, unexplained } = attributeLosses(judged.losses, files)
    const lostFiles = audit.unreadable.map((each, index) => ({
      ...each,
      lost: ofFiles[index] ?? noneLost,
    }))
    this.#findings.push(
      ...lostFiles.map(each => findingOf(each, lostText(each.lost, stream))),
      ...unexplained.map(loss => gapOf(loss, tables.events.name)),
      ...judged.findings,
    )
    return { sums: judged.sums, lostFiles }
  }
}

function addCommits(a: DeltaLogAudit, b: DeltaLogAudit): VerificationReport['commits'] {
  return { checked: a.checked + b.checked, unsealed: a.unsealed + b.unsealed }
}
