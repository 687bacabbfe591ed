import type { Clock } from '../base/clock.ts'
import type { RunFile, RunState } from './run-state.ts'
import type { Source, SourceValue } from './source.ts'
import type { StreamClient } from './stream-client.ts'

export interface ProduceParts {
  readonly client: StreamClient
  readonly stream: string
  readonly source: Source
  /** Undefined when the source cannot be taken up again. */
  readonly runFile: RunFile | undefined
  readonly clock: Clock
  /** Events a second, or Infinity. */
  readonly ratePerSecond: number
  readonly signal: AbortSignal
  onProgress(state: RunState): void
  onTrouble(value: SourceValue): void
}

const batchBytesMax = 2 * 2 ** 20

/** Sends all that the source has from the state's place on, one numbered append after the other. */
export async function produce(parts: ProduceParts, from: RunState): Promise<RunState> {
  const { client, stream, source, runFile, clock, ratePerSecond, signal } = parts
  const startedAt = clock.elapsed()
  let state = from
  for await (const batch of batchesOf(source.values(from), from.batchCount)) {
    if (signal.aborted) return state
    const sent = state.accepted + state.deadLetters - from.accepted - from.deadLetters
    await clock.sleep(startedAt + (sent / ratePerSecond) * 1000 - clock.elapsed(), signal)
    state = await sendBatch(batch, state, { client, stream, signal })
    for (const value of batch) if (value.trouble !== undefined) parts.onTrouble(value)
    await runFile?.write(state)
    parts.onProgress(state)
  }
  await runFile?.remove()
  return state
}

async function sendBatch(
  batch: readonly SourceValue[],
  state: RunState,
  { client, stream, signal }: Pick<ProduceParts, 'client' | 'stream' | 'signal'>,
): Promise<RunState> {
  const values = batch.flatMap(({ value }) => (value === undefined ? [] : [value]))
  const sequence = state.sequence + 1
  const producer = { id: state.producerId, sequence }
  const { accepted, rejected } = await client.append(stream, values, producer, signal)
  const { end = state.end, line = state.line } = batch.at(-1) ?? {}
  return {
    ...state,
    sequence,
    end,
    line,
    accepted: state.accepted + accepted,
    deadLetters: state.deadLetters + rejected,
  }
}

/** The same values always make the same batches: an append that is repeated must be the one that it was. */
async function* batchesOf(
  values: AsyncIterable<SourceValue>,
  countMax: number,
): AsyncGenerator<SourceValue[]> {
  let batch: SourceValue[] = []
  let bytes = 0
  for await (const value of values) {
    batch.push(value)
    bytes += value.value?.length ?? 0
    if (batch.length < countMax && bytes < batchBytesMax) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
