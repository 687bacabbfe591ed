/** A fenced block as it stands in the file: its pieces in order are its bytes. */
export interface Fence {
  readonly indent: string
  /** The opening backticks or tildes. */
  readonly marks: string
  /** All that follows the marks on the opening line: language and attributes. */
  readonly info: string
  readonly openEol: string
  /** The lines of the body, each with its line ending. */
  readonly lines: string
  /** The closing line with its line ending; empty when the file ends inside the block. */
  readonly close: string
}

export type AttributeValue = string | true

const openPattern = /^( {0,3})(`{3,}|~{3,})(.*)$/
const attributePattern = /([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s]*))?/g
const plainValue = /^[^\s"`=\\]+$/

/** Splits a text into lines that keep their line endings: LF, CRLF or a lone CR, as CommonMark counts them. */
export function splitLines(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
}

/** The line ending of a line; nothing at the end of the file. */
export function lineEnding(line: string): string {
  return /(?:\r\n|\r|\n)$/.exec(line)?.[0] ?? ''
}

/** Reads a line as the opening of a fenced block, as CommonMark defines it. */
export function openFence(line: string): Pick<Fence, 'indent' | 'marks' | 'info'> | null {
  const match = openPattern.exec(withoutEnding(line))
  if (!match) return null
  const [, indent = '', marks = '', info = ''] = match
  if (marks.startsWith('`') && info.includes('`')) return null
  return { indent, marks, info }
}

/** Whether a line closes a block that `marks` opened. */
export function isClosingFence(line: string, marks: string): boolean {
  const text = withoutEnding(line).replace(/[ \t]+$/, '')
  const run = text.replace(/^ {0,3}/, '')
  return run.length >= marks.length && run === marks.charAt(0).repeat(run.length)
}

export function fenceSource(fence: Fence): string {
  return fence.indent + fence.marks + fence.info + fence.openEol + fence.lines + fence.close
}

/** The body as one edits it: without the fence's indentation, with `\n` between lines. */
export function fenceBody(fence: Fence): string {
  const indent = fence.indent.length
  return splitLines(fence.lines)
    .map(line => stripIndent(withoutEnding(line), indent))
    .join('\n')
}

/** The block with another body: its marks grow when the body holds a run that would close it. */
export function withFenceBody(fence: Fence, body: string, eol: string): Fence {
  if (body === fenceBody(fence)) return fence
  const lines = body === '' ? [] : body.split(/\r\n|\r|\n/)
  const marks = longEnough(fence.marks, lines)
  const text = lines.map(line => (line === '' ? '' : fence.indent + line) + eol).join('')
  const close = marks === fence.marks && fence.close !== '' ? fence.close : null
  const closeEol = fence.close === '' ? '' : lineEnding(fence.close)
  return {
    ...fence,
    marks,
    openEol: fence.openEol || eol,
    lines: text,
    close: close ?? fence.indent + marks + (closeEol || eol),
  }
}

/** The block with a closing line, so that something can follow it. */
export function closedFence(fence: Fence, eol: string): Fence {
  if (fence.close !== '') {
    return lineEnding(fence.close) === '' ? { ...fence, close: fence.close + eol } : fence
  }
  const lines =
    fence.lines === '' || lineEnding(fence.lines) !== '' ? fence.lines : fence.lines + eol
  const close = fence.indent + fence.marks + eol
  return { ...fence, openEol: fence.openEol || eol, lines, close }
}

export function makeFence(options: { info: string; body: string; eol: string }): Fence {
  const empty = { indent: '', marks: '```', info: options.info, openEol: options.eol, lines: '' }
  const fence = { ...empty, close: `\`\`\`${options.eol}` }
  return withFenceBody(fence, options.body, options.eol)
}

/** The first word of the info string, in lower case. */
export function fenceLanguage(info: string): string {
  return (/^\s*(\S+)/.exec(info)?.[1] ?? '').toLowerCase()
}

/** The attributes after the language, in order; a flag's value is `true`. Of a repeated key the first counts. */
export function readAttributes(info: string): Map<string, AttributeValue> {
  const found = new Map<string, AttributeValue>()
  for (const { key, value } of attributeTokens(info)) if (!found.has(key)) found.set(key, value)
  return found
}

/** The info string with one attribute set, or taken away with `null`; all others stay as they are written. */
export function withAttribute(info: string, key: string, value: AttributeValue | null): string {
  const tokens = attributeTokens(info).filter(token => token.key === key)
  if (value === null) return tokens.reduceRight((text, token) => cut(text, token), info)
  const written = value === true ? key : `${key}=${quoteValue(value)}`
  const first = tokens[0]
  if (!first) return `${info.replace(/\s+$/, '')} ${written}`
  return info.slice(0, first.start) + written + info.slice(first.end)
}

export function withoutEnding(line: string): string {
  return line.slice(0, line.length - lineEnding(line).length)
}

interface AttributeToken {
  key: string
  value: AttributeValue
  start: number
  end: number
}

function attributeTokens(info: string): AttributeToken[] {
  const language = /^\s*\S+/.exec(info)?.[0].length ?? 0
  const tokens: AttributeToken[] = []
  for (const match of info.slice(language).matchAll(attributePattern)) {
    const [text, key = '', raw] = match
    const start = language + match.index
    tokens.push({
      key,
      value: raw === undefined ? true : unquote(raw),
      start,
      end: start + text.length,
    })
  }
  return tokens
}

function cut(text: string, token: AttributeToken): string {
  return text.slice(0, token.start).replace(/\s+$/, '') + text.slice(token.end)
}

function unquote(raw: string): string {
  const isQuoted = raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"')
  return isQuoted ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw
}

function quoteValue(value: string): string {
  const safe = value.replace(/[\r\n`]+/g, ' ')
  return plainValue.test(safe) ? safe : `"${safe.replace(/["\\]/g, '\\$&')}"`
}

function stripIndent(line: string, width: number): string {
  let count = 0
  while (count < width && line[count] === ' ') count += 1
  return line.slice(count)
}

function longEnough(marks: string, lines: string[]): string {
  const mark = marks.charAt(0)
  let length = marks.length
  for (const line of lines) {
    const run = line.replace(/^ */, '').replace(/[ \t\r]+$/, '')
    if (run.length >= length && run === mark.repeat(run.length)) length = run.length + 1
  }
  return mark.repeat(length)
}
