import { readFileSync } from 'node:fs'

const everyMs = 100

export interface WatchedMemory {
  /** The most that each process had at a time: the first is the one that was watched, the others are its children. */
  stop(): readonly { readonly name: string; readonly peakMb: number }[]
}

/** Watches how much memory a process and its children take, on Linux. */
export function watchMemory(pid: number): WatchedMemory {
  const peaks = new Map<number, number>([[pid, 0]])
  const look = (): void => {
    const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
    for (const each of [pid, ...children.map(Number)]) {
      const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(textOf(`/proc/${each}/status`)) ?? []
      peaks.set(each, Math.max(peaks.get(each) ?? 0, Math.round(Number(kilobytes) / 1024)))
    }
  }
  const timer = setInterval(look, everyMs)
  return {
    stop() {
      clearInterval(timer)
      look()
      return [...peaks].map(([each, peakMb]) => ({
        name: each === pid ? 'Millrace' : 'query engine',
        peakMb,
      }))
    },
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
