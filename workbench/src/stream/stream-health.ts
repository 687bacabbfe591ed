import type { StreamStatus } from '../../../backend/contract/ingest.ts'
import type { LinkState, StreamsHeard } from '../api-client/live-connection.ts'

/** What the badge of the page says about all streams together. */
export interface StreamHealth {
  readonly tone: 'live' | 'stale' | 'failed'
  readonly word: string
  readonly eventsPerSecond: number
  readonly lag: number
  readonly freshMs: number | null
  /** Why it is not well. */
  readonly detail: string | null
}

const lagHighEvents = 10_000

export function streamHealth(link: LinkState, heard: StreamsHeard | null): StreamHealth {
  const streams = heard?.streams ?? []
  const sums = {
    eventsPerSecond: streams.reduce((sum, stream) => sum + stream.eventsPerSecond, 0),
    lag: streams.reduce((sum, stream) => sum + stream.lag, 0),
    freshMs: worstFreshness(streams),
  }
  if (link === 'lost') {
    const detail = 'Millrace does not answer. This page tries again by itself.'
    return { ...sums, tone: 'failed', word: 'Reconnecting', detail }
  }
  if (!heard) return { ...sums, tone: 'stale', word: 'Connecting', detail: null }
  return { ...sums, ...stateOf(streams, sums.lag) }
}

function stateOf(
  streams: readonly StreamStatus[],
  lag: number,
): Pick<StreamHealth, 'tone' | 'word' | 'detail'> {
  const halted = streams.find(stream => stream.state === 'halted' || stream.state === 'stopped')
  if (halted) return { tone: 'failed', word: 'Halted', detail: halted.problem?.detail ?? null }
  const away = streams.find(stream => stream.state !== 'running')
  if (away) {
    const word = away.state === 'paused' ? 'Paused' : 'Starting'
    return { tone: 'stale', word, detail: away.problem?.detail ?? null }
  }
  const waiting = streams.find(stream => stream.problem !== undefined)
  if (waiting) return { tone: 'stale', word: 'Waiting', detail: waiting.problem?.detail ?? null }
  if (lag > lagHighEvents) return { tone: 'stale', word: 'Catching up', detail: null }
  return { tone: 'live', word: 'Live', detail: null }
}

function worstFreshness(streams: readonly StreamStatus[]): number | null {
  const known = streams.map(stream => stream.freshnessMs.p50).filter(value => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

export function rateText(eventsPerSecond: number): string {
  const digits = eventsPerSecond > 0 && eventsPerSecond < 10 ? 1 : 0
  return eventsPerSecond.toLocaleString('en', { maximumFractionDigits: digits })
}

/** A duration in one short figure. */
export function durationText(ms: number): string {
  if (ms < 1) return '<1 ms'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}
