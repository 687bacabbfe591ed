export type DiffSide = 'same' | 'changed'

export interface DiffRow {
  /** A line of each side; null where the side has none. */
  readonly left: { readonly text: string; readonly side: DiffSide } | null
  readonly right: { readonly text: string; readonly side: DiffSide } | null
}

/** Above this many pairs of lines, what lies between equal ends is shown as one change. */
const pairsMax = 4_000_000

/** Puts two texts side by side, line by line, with equal lines beside each other. */
export function diffLines(left: string, right: string): DiffRow[] {
  const a = left.split(/\r?\n/)
  const b = right.split(/\r?\n/)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) {
    tail += 1
  }
  const middle = diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail))
  const same = (text: string): DiffRow => ({
    left: { text, side: 'same' },
    right: { text, side: 'same' },
  })
  return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)]
}

function diffMiddle(a: readonly string[], b: readonly string[]): DiffRow[] {
  if (a.length * b.length > pairsMax) return changedRows(a, b)
  const lengths = commonLengths(a, b)
  const width = b.length + 1
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  const rows: DiffRow[] = []
  let i = 0
  let j = 0
  let startA = 0
  let startB = 0
  const flush = (): void => {
    rows.push(...changedRows(a.slice(startA, i), b.slice(startB, j)))
  }
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      flush()
      const text = a[i] ?? ''
      rows.push({ left: { text, side: 'same' }, right: { text, side: 'same' } })
      i += 1
      j += 1
      startA = i
      startB = j
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  i = a.length
  j = b.length
  flush()
  return rows
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const next =
        a[i] === b[j]
          ? 1 + (lengths[(i + 1) * width + j + 1] ?? 0)
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0)
      lengths[i * width + j] = next
    }
  }
  return lengths
}

function changedRows(a: readonly string[], b: readonly string[]): DiffRow[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => ({
    left: changedLine(a[i]),
    right: changedLine(b[i]),
  }))
}

function changedLine(text: string | undefined): DiffRow['left'] {
  return text === undefined ? null : { text, side: 'changed' }
}
