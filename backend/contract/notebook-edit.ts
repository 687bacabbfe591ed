import {
  type AttributeValue,
  closedFence,
  type Fence,
  fenceLanguage,
  isClosingFence,
  lineEnding,
  makeFence,
  openFence,
  splitLines,
  withAttribute,
  withFenceBody,
} from './notebook-fence.ts'
import {
  cellAttributes,
  cellBody,
  cellName,
  cellSeparator,
  cellText,
  isSeparator,
  type Notebook,
  type NotebookCell,
  readHead,
  type SqlCell,
  serialiseNotebook,
  specLanguage,
  type TextCell,
} from './notebook-format.ts'

export function makeTextCell(body: string, eol: Notebook['eol']): TextCell {
  return { kind: 'text', lead: '', source: textSource(body, eol) }
}

export function makeSqlCell(options: {
  body: string
  name: string
  eol: Notebook['eol']
  isLive?: boolean
}): SqlCell {
  const info = withAttribute('sql', 'name', options.name)
  const fence = makeFence({
    info: options.isLive ? withAttribute(info, 'live', true) : info,
    body: options.body,
    eol: options.eol,
  })
  return { kind: 'sql', lead: '', fence, spec: null }
}

/** Puts another body into one cell; no other byte changes. */
export function editCellBody(notebook: Notebook, index: number, body: string): Notebook {
  return editCell(notebook, index, cell => {
    if (body === cellBody(cell)) return cell
    if (cell.kind === 'text') return { ...cell, source: textSource(body, notebook.eol) }
    return { ...cell, fence: withFenceBody(cell.fence, body, fenceEol(cell.fence, notebook)) }
  })
}

/** Sets one attribute of a SQL cell, or takes it away with `null`. */
export function setCellAttribute(
  notebook: Notebook,
  index: number,
  attribute: { key: string; value: AttributeValue | null },
): Notebook {
  return editCell(notebook, index, cell => {
    if (cell.kind === 'text') return cell
    const { key, value } = attribute
    if ((cellAttributes(cell).get(key) ?? null) === value) return cell
    return { ...cell, fence: { ...cell.fence, info: withAttribute(cell.fence.info, key, value) } }
  })
}

/** Renames a SQL cell, and its spec with it. */
export function renameCell(notebook: Notebook, index: number, name: string): Notebook {
  const named = setCellAttribute(notebook, index, { key: 'name', value: name })
  return editCell(named, index, cell => {
    if (cell.kind === 'text' || !cell.spec) return cell
    const info = withAttribute(cell.spec.fence.info, 'for', name)
    return { ...cell, spec: { ...cell.spec, fence: { ...cell.spec.fence, info } } }
  })
}

/** Sets or replaces the chart's spec of a SQL cell; `null` takes it away. */
export function setCellSpec(notebook: Notebook, index: number, spec: string | null): Notebook {
  return editCell(notebook, index, cell => {
    if (cell.kind === 'text') return cell
    if (spec === null) return { ...cell, spec: null }
    const eol = fenceEol(cell.fence, notebook)
    if (cell.spec) {
      return { ...cell, spec: { ...cell.spec, fence: withFenceBody(cell.spec.fence, spec, eol) } }
    }
    const name = cellName(cell)
    const info = name === null ? specLanguage : withAttribute(specLanguage, 'for', name)
    const fence = makeFence({ info, body: spec, eol })
    return { ...cell, fence: closedFence(cell.fence, eol), spec: { lead: eol, fence } }
  })
}

/** Inserts a cell so that it becomes the one at `index`. */
export function insertCell(notebook: Notebook, index: number, cell: NotebookCell): Notebook {
  const cells = [...notebook.cells]
  const before = cells[index - 1]
  if (before) cells[index - 1] = followed(before, notebook.eol)
  const isLast = index >= cells.length
  const lead = before || notebook.head === '' ? '' : notebook.eol
  const inserted = { ...(isLast ? cell : followed(cell, notebook.eol)), lead: cell.lead || lead }
  cells.splice(index, 0, inserted)
  return withJoints({ ...notebook, cells }, [index, index + 1])
}

export function deleteCell(notebook: Notebook, index: number): Notebook {
  const cells = [...notebook.cells]
  const [removed] = cells.splice(index, 1)
  if (!removed) return notebook
  const next = cells[index]
  if (index === 0 && next) cells[0] = { ...next, lead: blankLines(removed.lead) }
  return withJoints({ ...notebook, cells }, [index])
}

/** Moves a cell so that it becomes the one at `to`. */
export function moveCell(notebook: Notebook, from: number, to: number): Notebook {
  const cell = notebook.cells[from]
  if (!cell || from === to || !notebook.cells[to]) return notebook
  return insertCell(deleteCell(notebook, from), to, { ...cell, lead: '' })
}

/** A name that no cell has, such as `query_2`. */
export function freeCellName(notebook: Notebook, stem = 'query'): string {
  const base = stem.replace(/_\d+$/, '')
  for (let number = 1; ; number += 1) {
    const name = `${base}_${number}`
    if (!isCellNameTaken(notebook, name)) return name
  }
}

/** Whether a cell is called so, in any case; the one at `except` does not count. */
export function isCellNameTaken(notebook: Notebook, name: string, except = -1): boolean {
  return notebook.cells.some((cell, index) => {
    return index !== except && cellName(cell)?.toLowerCase() === name.toLowerCase()
  })
}

/** Sets a line of the front matter, which is made when there is none; `null` takes the line away. */
export function setFrontMatterField(
  notebook: Notebook,
  key: string,
  value: string | null,
): Notebook {
  const { eol } = notebook
  const written = value === null ? '' : `${key}: ${quoteScalar(value)}${eol}`
  const lines = splitLines(notebook.head)
  const at = lines.findIndex(line => new RegExp(`^${key}[ \\t]*:`).test(line))
  if (at >= 0) lines.splice(at, 1, written)
  else if (lines.length > 1) lines.splice(1, 0, written)
  else if (written !== '') lines.push(`---${eol}`, written, `---${eol}`)
  const gap = notebook.head.trim() === '' && notebook.cells[0]?.lead === '' ? eol : ''
  return withFirstLead({ ...notebook, head: lines.join('') }, gap)
}

function editCell(
  notebook: Notebook,
  index: number,
  change: (cell: NotebookCell) => NotebookCell,
): Notebook {
  const cell = notebook.cells[index]
  const next = cell && change(cell)
  if (!next || next === cell) return notebook
  const cells = [...notebook.cells]
  const isLast = index === cells.length - 1 && notebook.tail === ''
  cells[index] = isLast ? next : followed(next, notebook.eol)
  return withJoints({ ...notebook, cells }, [index])
}

/** Gives cells what they need to stay apart from the cell before them: a blank line, or a separator. */
function withJoints(notebook: Notebook, indexes: number[]): Notebook {
  const cells = [...notebook.cells]
  for (const index of indexes) {
    const cell = cells[index]
    if (cell) cells[index] = { ...cell, lead: jointLead(notebook, cells[index - 1], cell) }
  }
  return withoutFalseHead({ ...notebook, cells })
}

/** Keeps a rule (`---`) at the top of the text from being read as the front matter's fence. */
function withoutFalseHead(notebook: Notebook): Notebook {
  const isHeadless = notebook.head === '' || notebook.head === '\ufeff'
  const [first] = notebook.cells
  if (!isHeadless || first?.kind !== 'text' || !/^(\ufeff|---[ \t]*[\r\n])/.test(cellText(first)))
    return notebook
  const isRead = readHead(serialiseNotebook(notebook)) !== notebook.head
  return isRead ? withFirstLead(notebook, notebook.eol) : notebook
}

function blankLines(lead: string): string {
  const lines = splitLines(lead)
  const end = lines.findIndex(isSeparator)
  return lines.slice(0, end < 0 ? lines.length : end).join('')
}

function jointLead(
  notebook: Notebook,
  before: NotebookCell | undefined,
  cell: NotebookCell,
): string {
  const { eol } = notebook
  const isSeparated = splitLines(cell.lead).some(isSeparator)
  const needsSeparator =
    cell.kind === 'text' && !isSeparated && (cell.source === '' || readsAsPartOf(before, cell))
  if (needsSeparator) {
    return `${before ? eol : cell.lead}${cellSeparator}${eol}${cell.source === '' ? '' : eol}`
  }
  if (isSeparated && lineEnding(cell.lead) === '') return cell.lead + eol
  return before ? cell.lead || eol : cell.lead
}

/** Whether text right after a cell would be read as more of that cell: as its text, or as its chart's spec. */
function readsAsPartOf(before: NotebookCell | undefined, cell: TextCell): boolean {
  if (before?.kind !== 'sql') return before !== undefined
  return (
    !before.spec &&
    fenceLanguage(openFence(splitLines(cell.source)[0] ?? '')?.info ?? '') === specLanguage
  )
}

/** The cell with its last line ended and its last block closed, so that something can follow it. */
function followed(cell: NotebookCell, eol: string): NotebookCell {
  if (cell.kind === 'text') {
    const source = closedText(cell.source, eol)
    const isEnded = source === '' || lineEnding(source) !== ''
    return isEnded && source === cell.source
      ? cell
      : { ...cell, source: isEnded ? source : source + eol }
  }
  if (!cell.spec) return { ...cell, fence: closedFence(cell.fence, eol) }
  return { ...cell, spec: { ...cell.spec, fence: closedFence(cell.spec.fence, eol) } }
}

/** Text as it stands in the file: no blank lines around it, and no code block left open. */
function textSource(body: string, eol: string): string {
  const lines = body.replace(/^\ufeff+/, '').split(/\r\n|\r|\n/)
  while (lines.length > 0 && /^[ \t]*$/.test(lines[0] ?? '')) lines.shift()
  while (lines.length > 0 && /^[ \t]*$/.test(lines.at(-1) ?? '')) lines.pop()
  return closedText(lines.map(line => line + eol).join(''), eol)
}

function closedText(source: string, eol: string): string {
  let open: { indent: string; marks: string } | null = null
  for (const line of splitLines(source)) {
    if (!open) open = openFence(line)
    else if (isClosingFence(line, open.marks)) open = null
  }
  if (!open) return source
  const ended = lineEnding(source) === '' ? source + eol : source
  return `${ended}${open.indent}${open.marks}${eol}`
}

function fenceEol(fence: Fence, notebook: Notebook): string {
  return fence.openEol || notebook.eol
}

function withFirstLead(notebook: Notebook, gap: string): Notebook {
  const [first, ...rest] = notebook.cells
  return first && gap
    ? { ...notebook, cells: [{ ...first, lead: gap + first.lead }, ...rest] }
    : notebook
}

function quoteScalar(value: string): string {
  const line = value.replace(/[\r\n]+/g, ' ').trim()
  const isPlain = /^[\p{L}\p{N}(][^:#"'\\]*$/u.test(line)
  return isPlain ? line : `"${line.replace(/["\\]/g, '\\$&')}"`
}
