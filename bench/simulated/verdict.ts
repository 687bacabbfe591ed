import { EmbeddedEventLog } from '../../backend/events/embedded-event-log.ts'
import { offsetAt, type RecordBatch, valuesAt } from '../../backend/events/record-batch.ts'
import { checkIdentity } from '../../backend/ingest/accounting.ts'
import { streamDomain } from '../../backend/ingest/lake-commit.ts'
import { openTables } from '../../backend/ingest/open-tables.ts'
import type { DeltaTable } from '../../backend/lake/delta-table.ts'
import type { Kernel, Row } from './kernel.ts'
import type { Machine } from './stores.ts'
import { definition, type Work } from './workload.ts'

/** What a run has come to. */
export interface Verdict {
  readonly lost: number
  readonly duplicated: number
  /** All that is wrong, in words; empty when the run has passed. */
  readonly problems: readonly string[]
}

/** Holds the sets of offsets against each other: those of the log, and those of the lake's rows and dead letters. */
export async function judge(
  machine: Machine,
  { kernel, work }: { kernel: Kernel; work: Work },
): Promise<Verdict> {
  const process = machine.startObserver()
  const { lake } = await machine.openStores(process)
  const openFiles = () => kernel.openFiles(process)
  const parts = { lake, clock: process.clock, openFiles }
  const tables = (await openTables([definition], parts, work.maintenance)).byStream.get(
    definition.stream,
  )
  if (!tables) throw new Error('The stream has no tables.')
  const rowsOf = async (kind: 'events' | 'deadLetters'): Promise<Row[]> =>
    kernel.rowsOf(kind, await lake.localFiles('verdict', pathsOf(tables[kind])))
  const found = { events: await rowsOf('events'), deadLetters: await rowsOf('deadLetters') }
  const logged = await readLog(machine)
  return compare(logged, found, {
    sent: work.appends.flatMap(({ values }) => values),
    domain: streamDomain(tables.events.snapshot, definition.stream),
  })
}

/** What the log holds: place → value. */
async function readLog(machine: Machine): Promise<Map<string, string>> {
  const log = EmbeddedEventLog.over(machine.openLog(), machine.startObserver().clock)
  const { partitions } = await log.describeTopic(definition.stream)
  const positions = new Map(partitions.map(each => [each.partition, each.earliestOffset]))
  const options = { bytesMax: 1 << 30, waitMsMax: 0 }
  const { batches } = await log.read(definition.stream, positions, options)
  return new Map(batches.flatMap(valuesOf))
}

function valuesOf(batch: RecordBatch): [string, string][] {
  const indexes = Array.from({ length: batch.count }, (_, index) => index)
  return [...valuesAt(batch, indexes)].map((value, index) => [
    placeOf({ partition: batch.partition, offset: offsetAt(batch, index) }),
    value.toString(),
  ])
}

function compare(
  logged: ReadonlyMap<string, string>,
  found: Readonly<Record<'events' | 'deadLetters', readonly Row[]>>,
  expected: { sent: readonly string[]; domain: ReturnType<typeof streamDomain> },
): Verdict {
  const { events, deadLetters } = found
  const places = [...events, ...deadLetters].map(placeOf)
  const present = new Set(places)
  const lost = [...logged.keys()].filter(place => !present.has(place))
  const twice = places.filter((place, index) => places.indexOf(place) !== index)
  const problems: string[] = []
  const expect = (claim: boolean, problem: string): void => {
    if (!claim) problems.push(problem)
  }
  expect(lost.length === 0, `lost: ${lost.join(' ')}`)
  expect(twice.length === 0, `duplicated: ${twice.join(' ')}`)
  expect(
    places.every(place => logged.has(place)),
    'the lake holds offsets that the log does not',
  )
  expect(
    deadLetters.every(row => logged.get(placeOf(row))?.startsWith('bad')),
    'a good event is a dead letter',
  )
  const values = [...logged.values()]
  const isOnce = values.toSorted().join('\n') === expected.sent.toSorted().join('\n')
  expect(isOnce, `the log holds ${values.length} of ${expected.sent.length} events that were sent`)
  expect(
    isAccountedFor(expected.domain, { rows: events.length, deadLetters: deadLetters.length }),
    `the accounts are wrong: ${JSON.stringify(expected.domain)}`,
  )
  return { lost: lost.length, duplicated: twice.length, problems }
}

function isAccountedFor(
  domain: ReturnType<typeof streamDomain>,
  counts: { rows: number; deadLetters: number },
): boolean {
  const partitions = domain?.partitions ?? []
  checkIdentity(new Map(partitions.map(part => [part.partition, part])))
  const sum = (count: 'rows' | 'deadLetters'): number =>
    partitions.reduce((total, part) => total + part[count], 0)
  return sum('rows') === counts.rows && sum('deadLetters') === counts.deadLetters
}

function pathsOf(table: DeltaTable): string[] {
  return [...table.snapshot.files.keys()].map(path => table.filePath(path))
}

function placeOf({ partition, offset }: Pick<Row, 'partition' | 'offset'>): string {
  return `${partition}/${offset}`
}
