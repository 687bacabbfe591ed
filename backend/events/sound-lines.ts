import { type RecordBatch, valuesAt } from './record-batch.ts'

const lineFeed = Buffer.from('\n')
const placeholder = Buffer.from('{}')
const surrogateEscape = /\\u[dD][89a-fA-F]/

/**
 * The lines of a batch, with `{}` for those that are not by themselves one JSON object. DuckDB's reader goes on behind a
 * line that ends too early in ways that can move the lines after it to other places.
 */
export function soundLines(batch: RecordBatch): Buffer {
  const parts: Buffer[] = []
  for (const line of valuesAt({ ...batch, odd: new Map() }, indexesOf(batch))) {
    parts.push(isSound(line) ? line : placeholder, lineFeed)
  }
  return Buffer.concat(parts)
}

function isSound(line: Buffer): boolean {
  const text = line.toString('utf8')
  if (surrogateEscape.test(text)) return false
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function* indexesOf({ count }: RecordBatch): Generator<number> {
  for (let index = 0; index < count; index++) yield index
}
