import type { Random } from '../../sample-data/random.ts'
import { type CommitPointName, commitPointNames } from './commit-points.ts'

export interface KillFault {
  readonly kind: 'kill'
  readonly at: CommitPointName | 'any time'
  readonly delayMs: number
  /** Milliseconds after each further start at which it is killed again. */
  readonly againMs: readonly number[]
}

/** A fault of the embedded profile, as it was drawn. */
export type EmbeddedFault =
  | KillFault
  | { readonly kind: 'engine'; readonly delayMs: number }
  | { readonly kind: 'stop'; readonly delayMs: number }
  | { readonly kind: 'freeze'; readonly forMs: number }
  /** Millrace is killed with -9 meanwhile when `isKilled`. */
  | {
      readonly kind: 'full'
      readonly forMs: number
      readonly leftBytes: number
      readonly isKilled: boolean
    }

const recoveryMsMax = 4_000

/** Draws the next fault: the same seed draws the same ones. Only a disk of its own can be full. */
export function nextFault(random: Random, hasSmallDisk: boolean): EmbeddedFault {
  if (hasSmallDisk && random.unit() < 0.4) return fullDisk(random)
  const share = random.unit()
  if (share < 0.04) return { kind: 'engine', delayMs: random.below(1_000) }
  if (share < 0.08) return { kind: 'stop', delayMs: random.below(1_000) }
  if (share < 0.1)
    return { kind: 'freeze', forMs: random.below(random.pick([3_000, 10_000, 65_000])) }
  const isAnyTime = random.unit() < 0.25
  const againCount = random.unit() < 0.3 ? 1 + random.below(3) : 0
  return {
    kind: 'kill',
    at: isAnyTime ? 'any time' : random.pick(commitPointNames),
    // Most commits are over some milliseconds after their first file has appeared.
    delayMs: isAnyTime ? random.below(1_500) : random.below(random.pick([1, 10, 60])),
    againMs: Array.from({ length: againCount }, () => random.below(recoveryMsMax)),
  }
}

function fullDisk(random: Random): EmbeddedFault {
  return {
    kind: 'full',
    forMs: 500 + random.below(8_000),
    // What is written last may be the log, the live store, a Parquet file or a commit.
    leftBytes: random.below(random.pick([1, 64 << 10, 4 << 20])),
    isKilled: random.unit() < 0.2,
  }
}

export function describe(fault: EmbeddedFault): string {
  if (fault.kind === 'freeze') return `SIGSTOP for ${fault.forMs} ms, a second one is kept out`
  if (fault.kind === 'engine') return 'kill -9 of the query engine'
  if (fault.kind === 'stop') return 'SIGTERM'
  if (fault.kind === 'full') {
    const { leftBytes, forMs, isKilled } = fault
    const kill = isKilled ? ', and kill -9 at its end' : ''
    return `the disk has ${leftBytes} bytes left for ${forMs} ms${kill}`
  }
  const { at, delayMs, againMs } = fault
  const again = againMs.map(ms => `, again ${ms} ms after its start`).join('')
  return at === 'any time'
    ? `kill -9 at any time${again}`
    : `kill -9 ${delayMs} ms after ${at}${again}`
}
