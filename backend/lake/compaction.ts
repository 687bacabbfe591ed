import type { AddFile, Snapshot } from './delta-log.ts'

export interface CompactionSettings {
  /** Files near this size are left alone. */
  readonly targetBytes: number
  /** How many files of about one size may lie side by side before they are merged. */
  readonly fanIn: number
}

/** Files of one partition to be merged into one. */
export interface CompactionTask {
  readonly partitionValues: AddFile['partitionValues']
  readonly files: readonly AddFile[]
}

/**
 * Chooses files to merge. Files fall into tiers by size, each `fanIn` times the one below, and a tier that holds
 * `fanIn` files is merged with all below it: a row is rewritten once a tier, and a partition keeps a handful of small
 * files however many commits have touched it.
 */
export function planCompaction(snapshot: Snapshot, settings: CompactionSettings): CompactionTask[] {
  const partitions = new Map<string, AddFile[]>()
  for (const file of snapshot.files.values()) {
    const key = JSON.stringify(file.partitionValues)
    const files = partitions.get(key) ?? []
    partitions.set(key, files)
    files.push(file)
  }
  const tasks: CompactionTask[] = []
  for (const files of partitions.values()) {
    const chosen = chooseFiles(files, settings)
    if (chosen.length > 1) {
      tasks.push({ partitionValues: chosen[0]?.partitionValues ?? {}, files: chosen })
    }
  }
  return tasks
}

function chooseFiles(files: readonly AddFile[], settings: CompactionSettings): AddFile[] {
  const small = files
    .filter(file => file.size < settings.targetBytes / 2)
    .sort((a, b) => a.size - b.size)
  const counts = new Map<number, number>()
  for (const file of small) {
    const tier = tierOf(file.size, settings.fanIn)
    counts.set(tier, (counts.get(tier) ?? 0) + 1)
  }
  const full = [...counts].filter(([, count]) => count >= settings.fanIn).map(([tier]) => tier)
  if (full.length === 0) return []
  const highest = Math.max(...full)
  const chosen: AddFile[] = []
  let bytes = 0
  for (const file of small) {
    if (tierOf(file.size, settings.fanIn) > highest || bytes + file.size > settings.targetBytes)
      break
    chosen.push(file)
    bytes += file.size
  }
  return chosen
}

const smallestTierBytes = 64 << 10

function tierOf(size: number, fanIn: number): number {
  const tiers = Math.log(Math.max(size / smallestTierBytes, 1)) / Math.log(fanIn)
  return Math.floor(tiers)
}
