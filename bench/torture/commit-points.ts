import { type FSWatcher, watch } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

interface CommitPoint {
  readonly folder: readonly string[]
  readonly name: RegExp
}

const logEntry = /^\d{20}\.json$/
const today = new Date().toISOString().slice(0, 10)

/** Instants on the way of an event that can be seen from outside: a file appears, or grows. */
export const commitPoints = {
  'an append is written': { folder: ['log'], name: /\.log$/ },
  'a tail block is written': { folder: ['live'], name: /\.log$/ },
  'a file is staged': { folder: ['lake', '.staging'], name: /./ },
  'a Parquet file is in place': {
    folder: ['lake', 'events', 'event_date=2026-01-01'],
    name: /\.parquet$/,
  },
  'dead letters are in place': {
    folder: ['lake', 'dead_letters', `event_date=${today}`],
    name: /\.parquet$/,
  },
  'dead letters are committed': { folder: ['lake', 'dead_letters', '_delta_log'], name: logEntry },
  'a commit is written aside': { folder: ['lake', '.staging'], name: /\.tmp$/ },
  'rows are committed': { folder: ['lake', 'events', '_delta_log'], name: logEntry },
  'a checkpoint is written': {
    folder: ['lake', 'events', '_delta_log'],
    name: /\.checkpoint\.parquet$/,
  },
  'a checkpoint counts': { folder: ['lake', 'events', '_delta_log'], name: /^_last_checkpoint$/ },
} as const satisfies Record<string, CommitPoint>

export type CommitPointName = keyof typeof commitPoints
export const commitPointNames = Object.keys(commitPoints) as CommitPointName[]

/** Resolves to whether it was reached before the time was over. */
export async function reached(
  home: string,
  point: CommitPointName,
  waitMsMax: number,
): Promise<boolean> {
  const { folder, name }: CommitPoint = commitPoints[point]
  const watched = join(home, ...folder)
  await mkdir(watched, { recursive: true })
  let watcher: FSWatcher | undefined
  try {
    return await new Promise(resolve => {
      setTimeout(() => resolve(false), waitMsMax)
      watcher = watch(watched, (_, file) => {
        if (file !== null && name.test(file)) resolve(true)
      })
    })
  } finally {
    watcher?.close()
  }
}
