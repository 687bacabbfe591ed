import {
  type AttributeValue,
  type Fence,
  fenceBody,
  fenceLanguage,
  fenceSource,
  isClosingFence,
  lineEnding,
  openFence,
  readAttributes,
  splitLines,
  withoutEnding,
} from './notebook-fence.ts'

/** Markdown between fenced cells. */
export interface TextCell {
  readonly kind: 'text'
  /** The blank lines before it, and the separator line if it has one. */
  readonly lead: string
  readonly source: string
}

/** A fenced block of SQL, and the chart's spec when one follows directly. */
export interface SqlCell {
  readonly kind: 'sql'
  readonly lead: string
  readonly fence: Fence
  readonly spec: { readonly lead: string; readonly fence: Fence } | null
}

export type NotebookCell = TextCell | SqlCell

/** A notebook file. Nothing of it is lost: `serialiseNotebook` gives the bytes that `parseNotebook` was given. */
export interface Notebook {
  /** The front matter with its fences (and a byte order mark), or nothing. */
  readonly head: string
  readonly cells: readonly NotebookCell[]
  /** The blank lines after the last cell. */
  readonly tail: string
  /** The line ending that new lines get: that of the file's first line. */
  readonly eol: '\n' | '\r\n'
}

export const specLanguage = 'vega-lite'
export const cellSeparator = '<!-- cell -->'

const separatorPattern = /^ {0,3}<!--[ \t]*cell[ \t]*-->[ \t]*$/

/** Reads any text as a notebook; it never fails. */
export function parseNotebook(text: string): Notebook {
  const eol = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
  const head = readHead(text)
  const reader = new CellReader(splitLines(text.slice(head.length)))
  return { head, ...reader.read(), eol }
}

/** The file's text, byte for byte what was read apart from what was edited. */
export function serialiseNotebook(notebook: Notebook): string {
  return notebook.head + notebook.cells.map(cellText).join('') + notebook.tail
}

/** The bytes of one cell, with the blank lines before it. */
export function cellText(cell: NotebookCell): string {
  if (cell.kind === 'text') return cell.lead + cell.source
  const spec = cell.spec ? cell.spec.lead + fenceSource(cell.spec.fence) : ''
  return cell.lead + fenceSource(cell.fence) + spec
}

/** The cell's SQL or Markdown as one edits it, with `\n` between lines. */
export function cellBody(cell: NotebookCell): string {
  if (cell.kind === 'sql') return fenceBody(cell.fence)
  return splitLines(cell.source).map(withoutEnding).join('\n')
}

export function cellAttributes(cell: SqlCell): Map<string, AttributeValue> {
  return readAttributes(cell.fence.info)
}

export function cellName(cell: NotebookCell): string | null {
  if (cell.kind === 'text') return null
  const name = cellAttributes(cell).get('name')
  return typeof name === 'string' && name !== '' ? name : null
}

/** Where a cell asks to run: there, or wherever Millrace sees fit. */
export type CellEngine = 'auto' | 'browser' | 'server' | 'spark'

const cellEngines: readonly unknown[] = ['browser', 'server', 'spark'] satisfies CellEngine[]

export function cellEngine(cell: SqlCell): CellEngine {
  const engine = cellAttributes(cell).get('engine')
  return cellEngines.includes(engine) ? (engine as CellEngine) : 'auto'
}

/** Whether the server can keep it current. What runs on Spark is not: each run takes seconds there. */
export function isKeptLive(engine: CellEngine): boolean {
  return engine === 'auto' || engine === 'server'
}

/** Whether the cell asks to be kept current. */
export function isLiveCell(cell: NotebookCell): boolean {
  if (cell.kind === 'text' || !isKeptLive(cellEngine(cell))) return false
  const live = cellAttributes(cell).get('live')
  return live === true || live === 'true'
}

/** The text of the cell's own chart spec; null when its chart is proposed. */
export function cellSpec(cell: NotebookCell): string | null {
  return cell.kind === 'sql' && cell.spec ? fenceBody(cell.spec.fence) : null
}

/** What the notebook is called: `title` of the front matter, else its first heading. */
export function notebookTitle(notebook: Notebook): string | null {
  const title = frontMatterField(notebook, 'title')
  if (title) return title
  for (const cell of notebook.cells) {
    if (cell.kind !== 'text') continue
    const heading = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(cellBody(cell))?.[1]
    if (heading) return heading
  }
  return null
}

/** One `key: value` line of the front matter; quotes around the value are taken off. */
export function frontMatterField(notebook: Notebook, key: string): string | null {
  for (const line of splitLines(notebook.head)) {
    const match = /^([\w-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(withoutEnding(line))
    if (match?.[1] === key) return unquoteScalar(match[2] ?? '')
  }
  return null
}

/** Whether a version control system left both sides of a merge in the file. */
export function hasConflictMarkers(text: string): boolean {
  return /^<{7} .*\n[\s\S]*^={7}\r?\n[\s\S]*^>{7} /m.test(text)
}

export function isSeparator(line: string): boolean {
  return separatorPattern.test(withoutEnding(line))
}

/** The front matter of a text with its fences; empty when it has none. */
export function readHead(text: string): string {
  const lines = splitLines(text)
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  if (!/^\ufeff?---[ \t]*$/.test(withoutEnding(lines[0] ?? ''))) return mark
  const end = lines.findIndex(
    (line, i) => i > 0 && /^(---|\.\.\.)[ \t]*$/.test(withoutEnding(line)),
  )
  return end < 0 ? mark : lines.slice(0, end + 1).join('')
}

function unquoteScalar(raw: string): string {
  if (/^".*"$/.test(raw)) return raw.slice(1, -1).replace(/\\(.)/g, '$1')
  if (/^'.*'$/.test(raw)) return raw.slice(1, -1).replace(/''/g, "'")
  return raw.replace(/[ \t]+#.*$/, '')
}

function isBlank(line: string): boolean {
  return /^[ \t\r\n]*$/.test(line)
}

class CellReader {
  private readonly lines: string[]
  private readonly cells: NotebookCell[] = []
  private at = 0

  constructor(lines: string[]) {
    this.lines = lines
  }

  read(): { cells: NotebookCell[]; tail: string } {
    for (;;) {
      const blank = this.takeBlank()
      const line = this.lines[this.at]
      if (line === undefined) return { cells: this.cells, tail: blank }
      if (isSeparator(line)) this.readSeparatedText(blank)
      else if (isSqlFence(line)) this.readSql(blank)
      else this.cells.push({ kind: 'text', lead: blank, source: this.takeText() })
    }
  }

  /** A separator begins a text cell, which is empty when a fence or another separator follows. */
  private readSeparatedText(blank: string): void {
    const separator = this.take()
    const start = this.at
    const gap = this.takeBlank()
    const line = this.lines[this.at]
    if (line === undefined || isSeparator(line) || isSqlFence(line)) {
      this.at = start
      this.cells.push({ kind: 'text', lead: blank + separator, source: '' })
      return
    }
    this.cells.push({ kind: 'text', lead: blank + separator + gap, source: this.takeText() })
  }

  private readSql(lead: string): void {
    const fence = this.takeFence()
    const start = this.at
    const gap = this.takeBlank()
    if (fence.close !== '' && this.isSpecOf(fence)) {
      this.cells.push({ kind: 'sql', lead, fence, spec: { lead: gap, fence: this.takeFence() } })
      return
    }
    this.at = start
    this.cells.push({ kind: 'sql', lead, fence, spec: null })
  }

  private isSpecOf(fence: Fence): boolean {
    const open = openFence(this.lines[this.at] ?? '')
    if (!open || fenceLanguage(open.info) !== specLanguage) return false
    const owner = readAttributes(open.info).get('for')
    return owner === undefined || owner === readAttributes(fence.info).get('name')
  }

  /** Lines up to the next cell, without the blank ones at the end. */
  private takeText(): string {
    const start = this.at
    let end = this.at
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] ?? ''
      if (isSeparator(line) || isSqlFence(line)) break
      const isFence = openFence(line) !== null
      if (isFence) this.takeFence()
      else this.at += 1
      if (isFence || !isBlank(line)) end = this.at
    }
    this.at = end
    return this.lines.slice(start, end).join('')
  }

  private takeFence(): Fence {
    const line = this.take()
    const open = openFence(line) ?? { indent: '', marks: '', info: '' }
    const start = this.at
    while (this.at < this.lines.length) {
      const candidate = this.lines[this.at] ?? ''
      if (isClosingFence(candidate, open.marks)) break
      this.at += 1
    }
    const lines = this.lines.slice(start, this.at).join('')
    return { ...open, openEol: lineEnding(line), lines, close: this.take() }
  }

  private takeBlank(): string {
    const start = this.at
    while (this.at < this.lines.length && isBlank(this.lines[this.at] ?? '')) this.at += 1
    return this.lines.slice(start, this.at).join('')
  }

  private take(): string {
    const line = this.lines[this.at]
    if (line === undefined) return ''
    this.at += 1
    return line
  }
}

function isSqlFence(line: string): boolean {
  const open = openFence(line)
  return open !== null && fenceLanguage(open.info) === 'sql'
}
