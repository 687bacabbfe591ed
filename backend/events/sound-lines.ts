const [quote, backslash, lineFeed] = [0x22, 0x5c, 0x0a]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const placeholder = Buffer.from('{}')

/**
 * Lines, with `{}` for those that are not one object from their beginning to their end. DuckDB's reader takes a line that
 * ends too early together with the next one, and two objects of one line for two lines, which moves the lines after it to
 * other places. Within an object that ends where its line does it finds its way back, whatever is wrong there.
 */
export function soundLines(lines: Buffer): Buffer {
  const parts: Buffer[] = []
  let kept = 0
  for (let start = 0; start < lines.length; ) {
    const found = lines.indexOf(lineFeed, start)
    const end = found === -1 ? lines.length : found
    if (!isOneObject(lines, start, end)) {
      parts.push(lines.subarray(kept, start), placeholder)
      kept = end
    }
    start = end + 1
  }
  return kept === 0 ? lines : Buffer.concat([...parts, lines.subarray(kept)])
}

function isOneObject(lines: Buffer, start: number, end: number): boolean {
  let at = afterBlanks(lines, start, end)
  if (lines[at] !== openBrace) return false
  let depth = 0
  let isInString = false
  for (; at < end; at++) {
    const byte = lines[at]
    if (isInString) {
      if (byte === backslash) at++
      else if (byte === quote) isInString = false
    } else if (byte === quote) isInString = true
    else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return afterBlanks(lines, at + 1, end) === end
    }
  }
  return false
}

function afterBlanks(lines: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (lines[at] === 0x20 || lines[at] === 0x09 || lines[at] === 0x0d)) at++
  return at
}
