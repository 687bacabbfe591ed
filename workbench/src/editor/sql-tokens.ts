import { isFunctionWord, isKeyword } from './sql-words.ts'

export type TokenKind =
  | 'keyword'
  | 'function'
  | 'name'
  /** A name in double quotes. */
  | 'quoted'
  | 'string'
  | 'number'
  | 'comment'
  | 'parameter'
  | 'operator'
  /** Brackets, commas, points and semicolons. */
  | 'mark'

export interface SqlToken {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What a line begins inside of: code, a string, a quoted name, a dollar string's tag, or comments and their depth. */
export type LineMode = 'code' | 'string' | 'quoted' | `$${string}` | `comment ${number}`

const noKeywords: ReadonlySet<string> = new Set()
const patterns: readonly (readonly [RegExp, TokenKind])[] = [
  [/--.*/y, 'comment'],
  [/(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?|0[xX][\da-fA-F_]+/y, 'number'],
  [/[\p{L}_][\p{L}\p{N}_$]*/uy, 'name'],
  [/\$[\p{L}_][\p{L}\p{N}_]*(?!\$)|\$\d+|\?/uy, 'parameter'],
  [/[()[\]{},;.]/y, 'mark'],
  [/[^\s\w'"$]/y, 'operator'],
]

/** Reads one line: its tokens, without the space between them, and what the next line begins inside of. */
export function tokenizeLine(
  line: string,
  mode: LineMode,
  keywords: ReadonlySet<string> = noKeywords,
): { tokens: SqlToken[]; mode: LineMode } {
  const scanner = new LineScanner(line, mode)
  const tokens = scanner.scan()
  return {
    tokens: tokens.map((token, i) => named(token, tokens[i + 1], keywords)),
    mode: scanner.mode,
  }
}

/** Reads a whole statement or several; what spans lines comes as one token a line. */
export function tokenizeSql(text: string, keywords: ReadonlySet<string> = noKeywords): SqlToken[] {
  const tokens: SqlToken[] = []
  let mode: LineMode = 'code'
  let offset = 0
  for (const line of text.split('\n')) {
    const read = tokenizeLine(line, mode, keywords)
    for (const token of read.tokens) {
      tokens.push({ ...token, start: token.start + offset, end: token.end + offset })
    }
    mode = read.mode
    offset += line.length + 1
  }
  return tokens
}

function named(
  token: SqlToken,
  next: SqlToken | undefined,
  keywords: ReadonlySet<string>,
): SqlToken {
  if (token.kind !== 'name') return token
  const isCall = next?.text === '('
  if (isCall && next.start === token.end && isFunctionWord(token.text)) {
    return { ...token, kind: 'function' }
  }
  if (isKeyword(token.text, keywords)) return { ...token, kind: 'keyword' }
  return isCall ? { ...token, kind: 'function' } : token
}

class LineScanner {
  mode: LineMode
  private readonly line: string
  private readonly tokens: SqlToken[] = []
  private at = 0

  constructor(line: string, mode: LineMode) {
    this.line = line
    this.mode = mode
  }

  scan(): SqlToken[] {
    while (this.at < this.line.length) {
      if (this.mode === 'code') this.readCode()
      else this.readInside()
    }
    return this.tokens
  }

  private readCode(): void {
    const { line, at } = this
    const char = line[at] ?? ''
    if (/\s/.test(char)) this.at += 1
    else if (char === "'") this.enter('string', 1)
    else if (char === '"') this.enter('quoted', 1)
    else if (line.startsWith('/*', at)) this.enter('comment 1', 2)
    else if (char === '$' && this.dollarTag() !== null) {
      const tag = this.dollarTag() ?? '$$'
      this.enter(tag as LineMode, tag.length)
    } else this.readPattern()
  }

  private readPattern(): void {
    for (const [pattern, kind] of patterns) {
      pattern.lastIndex = this.at
      const match = pattern.exec(this.line)
      if (!match) continue
      this.push(kind, this.at, this.at + match[0].length)
      return
    }
    this.push('operator', this.at, this.at + 1)
  }

  private enter(mode: LineMode, length: number): void {
    this.mode = mode
    this.readInside(length)
  }

  /** Reads on inside of what was entered, up to its end or that of the line. */
  private readInside(skipped = 0): void {
    const from = this.at
    const end = this.mode.startsWith('comment')
      ? this.commentEnd(from + skipped)
      : this.quoteEnd(from + skipped)
    this.push(insideKind(this.mode), from, end.at)
    this.mode = end.mode
  }

  private quoteEnd(from: number): { at: number; mode: LineMode } {
    const close = this.mode === 'string' ? "'" : this.mode === 'quoted' ? '"' : this.mode
    const found = this.line.indexOf(close, from)
    if (found < 0) return { at: this.line.length, mode: this.mode }
    const end = found + close.length
    // A doubled quote is part of the text.
    if (close.length === 1 && this.line[end] === close) return this.quoteEnd(end + 1)
    return { at: end, mode: 'code' }
  }

  private commentEnd(from: number): { at: number; mode: LineMode } {
    let depth = Number(this.mode.slice('comment '.length))
    const edges = /\/\*|\*\//g
    edges.lastIndex = from
    for (let match = edges.exec(this.line); match; match = edges.exec(this.line)) {
      depth += match[0] === '/*' ? 1 : -1
      if (depth === 0) return { at: edges.lastIndex, mode: 'code' }
    }
    return { at: this.line.length, mode: `comment ${depth}` }
  }

  private dollarTag(): string | null {
    const pattern = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
    pattern.lastIndex = this.at
    return pattern.exec(this.line)?.[0] ?? null
  }

  private push(kind: TokenKind, start: number, end: number): void {
    this.at = Math.max(end, start + (this.mode === 'code' ? 1 : 0))
    if (end > start) this.tokens.push({ kind, start, end, text: this.line.slice(start, end) })
  }
}

function insideKind(mode: LineMode): TokenKind {
  if (mode === 'quoted') return 'quoted'
  return mode.startsWith('comment') ? 'comment' : 'string'
}
