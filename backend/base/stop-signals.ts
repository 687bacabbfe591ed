import type { EventEmitter } from 'node:events'
import { type Clock, systemClock } from './clock.ts'

/** A terminal and npm both pass the same ^C on. */
const sameSignalMs = 1_000

export interface StopHandlers {
  first(): void
  /** Whoever asks again does not want to wait. */
  again(): void
}

/** Listens for ^C and SIGTERM. Signals right after the first are taken for the same one. */
export function onStopSignals(
  handlers: StopHandlers,
  { source = process, clock = systemClock }: { source?: EventEmitter; clock?: Clock } = {},
): void {
  let firstAt: number | undefined
  const onSignal = (): void => {
    const now = clock.elapsed()
    if (firstAt === undefined) {
      firstAt = now
      handlers.first()
    } else if (now - firstAt > sameSignalMs) handlers.again()
  }
  source.on('SIGINT', onSignal)
  source.on('SIGTERM', onSignal)
}

/** Whether some work was done in time; what is late goes on by itself. */
export async function inTime(
  work: Promise<void>,
  msMax: number,
  clock: Clock = systemClock,
): Promise<boolean> {
  const done = new AbortController()
  const ended = work.finally(() => done.abort())
  ended.catch(() => {})
  await clock.sleep(msMax, done.signal)
  if (!done.signal.aborted) return false
  await ended
  return true
}
