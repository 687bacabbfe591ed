import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deleteCell,
  editCellBody,
  freeCellName,
  insertCell,
  makeSqlCell,
  makeTextCell,
  moveCell,
  renameCell,
  setCellAttribute,
  setCellSpec,
  setFrontMatterField,
} from './notebook-edit.ts'
import {
  cellAttributes,
  cellBody,
  cellName,
  cellSpec,
  cellText,
  frontMatterField,
  hasConflictMarkers,
  isLiveCell,
  type Notebook,
  notebookTitle,
  parseNotebook,
  serialiseNotebook,
} from './notebook-format.ts'

const sample = `---
title: Store overview
---

# How is the shop doing?

\`\`\`sql name=traffic live view=chart
SELECT 1
\`\`\`

\`\`\`vega-lite for=traffic
{"mark": "line"}
\`\`\`

<!-- cell -->

A second text.
\`\`\`python
print("not a cell")
\`\`\`

\`\`\`sql
SELECT 2
\`\`\`
`

/** Pieces that the format gives a meaning to, so that random files hit its corners. */
const fragment = fc.constantFrom(
  '```sql name=a',
  '```sql',
  '```SQL live view=chart',
  '  ```sql name=b',
  '    ```sql',
  '\t```sql',
  '````sql name="two words"',
  '~~~sql name=c',
  '~~~',
  '```',
  '````',
  '`````',
  '```python',
  '```vega-lite for=a',
  '```vega-lite',
  '<!-- cell -->',
  '  <!--cell-->',
  '---',
  'title: x',
  '...',
  '\ufeff---',
  '# Heading',
  'SELECT 1',
  'text with ``` inside',
  '<<<<<<< HEAD',
  '=======',
  '>>>>>>> theirs',
  '',
  ' ',
  '\t',
  '\r',
)
const ending = fc.constantFrom('\n', '\n', '\n', '\r\n', '')
const anyFile = fc
  .array(fc.tuple(fragment, ending))
  .map(lines => lines.map(([text, eol]) => text + eol).join(''))
const anyText = fc.oneof(anyFile, fc.string({ unit: 'binary' }), fc.string())
const sqlBody = fc
  .array(fc.oneof(fragment, fc.string({ unit: 'grapheme' })), { maxLength: 6 })
  .map(lines => lines.join('\n').replace(/\r\n?/g, '\n'))
const plainBody = fc
  .array(fc.constantFrom('a', '- b', '', '    code', '---', '```js', '```', '> q', '\ttab'))
  .map(lines => lines.join('\n'))

const bodies = (notebook: Notebook) => notebook.cells.map(cell => [cell.kind, cellBody(cell)])
const reparsed = (notebook: Notebook) => parseNotebook(serialiseNotebook(notebook))

describe('reading and writing', () => {
  test('any text comes back byte for byte', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(serialiseNotebook(parseNotebook(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  test('a notebook falls into its cells', () => {
    const notebook = parseNotebook(sample)
    expect(notebook.cells.map(cell => cell.kind)).toEqual(['text', 'sql', 'text', 'sql'])
    const [, traffic] = notebook.cells
    if (traffic?.kind !== 'sql') throw new Error('not SQL')
    expect(cellName(traffic)).toBe('traffic')
    expect(isLiveCell(traffic)).toBe(true)
    expect(cellAttributes(traffic).get('view')).toBe('chart')
    expect(cellSpec(traffic)).toBe('{"mark": "line"}')
    expect(notebookTitle(notebook)).toBe('Store overview')
  })

  test.each([
    ['tildes', '~~~sql\nSELECT 1\n~~~\n', 'SELECT 1'],
    ['an indented fence', '  ```sql\n  SELECT 1\n    + 1\n  ```\n', 'SELECT 1\n  + 1'],
    ['CRLF', '```sql\r\nSELECT\r\n1\r\n```\r\n', 'SELECT\n1'],
    ['a longer fence', '````sql\n```\n````\n', '```'],
    ['no end', '```sql\nSELECT 1', 'SELECT 1'],
    ['no final newline', '```sql\nSELECT 1\n```', 'SELECT 1'],
    ['nothing inside', '```sql\n```\n', ''],
  ])('SQL with %s is read', (_, text, body) => {
    const [cell] = parseNotebook(text).cells
    expect(cell?.kind).toBe('sql')
    expect(cell && cellBody(cell)).toBe(body)
  })

  test.each([
    ['four spaces', '    ```sql\n'],
    ['a tab', '\t```sql\n'],
    ['another language', '```sqlite\nx\n```\n'],
    ['a surrounding block', '````md\n```sql\n```\n````\n'],
    ['inline code', '```sql ` x\n'],
  ])('a fence with %s is text', (_, text) => {
    expect(parseNotebook(text).cells.map(cell => cell.kind)).toEqual(['text'])
  })

  test('a spec belongs to the cell right before it and to no other', () => {
    const other = '```sql name=a\n```\n```vega-lite for=b\n{}\n```\n'
    expect(parseNotebook(other).cells.map(cell => cell.kind)).toEqual(['sql', 'text'])
    const twice = '```sql\n```\n```vega-lite\n1\n```\n```vega-lite\n2\n```\n'
    expect(parseNotebook(twice).cells.map(cellSpec)).toEqual(['1', null])
  })

  test('a file with conflict markers opens and is recognised', () => {
    const text =
      '<<<<<<< ours\n```sql name=a\n1\n```\n=======\n```sql name=a\n2\n```\n>>>>>>> theirs\n'
    expect(parseNotebook(text).cells.filter(cell => cell.kind === 'sql')).toHaveLength(2)
    expect(hasConflictMarkers(text)).toBe(true)
    expect(hasConflictMarkers(sample)).toBe(false)
  })

  test.each([
    ['"a: \\"b\\""', 'a: "b"'],
    ["'it''s'", "it's"],
    ['plain words # comment', 'plain words'],
  ])('the title %s is read as YAML does', (written, title) => {
    expect(notebookTitle(parseNotebook(`---\ntitle: ${written}\n---\n`))).toBe(title)
  })

  test('without a title the first heading is it', () => {
    expect(notebookTitle(parseNotebook('text\n\n## Head ##\n'))).toBe('Head')
    expect(notebookTitle(parseNotebook(''))).toBeNull()
  })
})

describe('editing', () => {
  test('SQL of any body is read back, and no other cell changes', () => {
    fc.assert(
      fc.property(anyFile, sqlBody, fc.nat(), (text, body, pick) => {
        const notebook = parseNotebook(text)
        const indexes = notebook.cells.flatMap((cell, i) => (cell.kind === 'sql' ? [i] : []))
        const index = indexes[pick % Math.max(1, indexes.length)]
        if (index === undefined) return
        const edited = editCellBody(notebook, index, body)
        const cell = edited.cells[index]
        expect(cell && cellBody(cell)).toBe(body)
        expect(edited.cells.slice(index + 1)).toEqual(notebook.cells.slice(index + 1))
        expect(edited.cells.slice(1, index)).toEqual(notebook.cells.slice(1, index))
        expect(bodies(reparsed(edited))).toEqual(bodies(edited))
      }),
      { numRuns: 2000 },
    )
  })

  test('text of any body keeps the cells apart', () => {
    fc.assert(
      fc.property(anyFile, plainBody, fc.nat(), (text, body, pick) => {
        const notebook = parseNotebook(text)
        const indexes = notebook.cells.flatMap((cell, i) => (cell.kind === 'text' ? [i] : []))
        const index = indexes[pick % Math.max(1, indexes.length)]
        if (index === undefined) return
        const edited = editCellBody(notebook, index, body)
        expect(bodies(reparsed(edited))).toEqual(bodies(edited))
        expect(edited.cells.slice(index + 1)).toEqual(notebook.cells.slice(index + 1))
        expect(edited.cells.slice(1, index)).toEqual(notebook.cells.slice(1, index))
      }),
      { numRuns: 2000 },
    )
  })

  test('the body that is there already changes nothing', () => {
    fc.assert(
      fc.property(anyFile, text => {
        const notebook = parseNotebook(text)
        notebook.cells.forEach((cell, i) => {
          expect(editCellBody(notebook, i, cellBody(cell))).toBe(notebook)
        })
      }),
    )
  })

  test('inserting, moving and deleting keep every other body', () => {
    const cell = fc.oneof(
      sqlBody.map(body => makeSqlCell({ body, name: 'n', eol: '\n' })),
      plainBody.map(body => makeTextCell(body, '\n')),
    )
    fc.assert(
      fc.property(anyFile, cell, fc.nat(), fc.nat(), (text, extra, a, b) => {
        const notebook = parseNotebook(text)
        const at = a % (notebook.cells.length + 1)
        const inserted = insertCell(notebook, at, extra)
        expect(bodies(closed(reparsed(inserted)))).toEqual(
          bodies(closed(notebook)).toSpliced(at, 0, [extra.kind, cellBody(extra)]),
        )
        const to = b % inserted.cells.length
        const moved = moveCell(inserted, at, to)
        expect(bodies(closed(reparsed(moved)))).toEqual(
          bodies(closed(notebook)).toSpliced(to, 0, [extra.kind, cellBody(extra)]),
        )
        expect(bodies(closed(reparsed(deleteCell(moved, to))))).toEqual(bodies(closed(notebook)))
      }),
      { numRuns: 2000 },
    )
  })

  test('an attribute is set in place and the others stay as written', () => {
    const notebook = parseNotebook('```sql   name=a   x="y z" live\n1\n```\n')
    const named = setCellAttribute(notebook, 0, { key: 'view', value: 'table' })
    expect(serialiseNotebook(named)).toBe('```sql   name=a   x="y z" live view=table\n1\n```\n')
    const still = setCellAttribute(named, 0, { key: 'live', value: null })
    expect(serialiseNotebook(still)).toBe('```sql   name=a   x="y z" view=table\n1\n```\n')
    const renamed = setCellAttribute(still, 0, { key: 'name', value: 'b' })
    expect(serialiseNotebook(renamed)).toBe('```sql   name=b   x="y z" view=table\n1\n```\n')
  })

  test('any attribute value is read back', () => {
    fc.assert(
      fc.property(fc.string(), value => {
        const clean = value.replace(/[\r\n`]/g, '')
        const notebook = setCellAttribute(parseNotebook('```sql\n```\n'), 0, {
          key: 'title',
          value: clean,
        })
        const [cell] = reparsed(notebook).cells
        expect(cell?.kind === 'sql' && cellAttributes(cell).get('title')).toBe(clean)
      }),
    )
  })

  test('a rename takes the spec along', () => {
    const renamed = renameCell(parseNotebook(sample), 1, 'visits')
    expect(serialiseNotebook(renamed)).toBe(sample.replaceAll('traffic', 'visits'))
  })

  test('a spec is added, replaced and taken away', () => {
    const bare = '```sql name=a\n1\n```\n\ntext\n'
    const added = setCellSpec(parseNotebook(bare), 0, '{}')
    const text = '```sql name=a\n1\n```\n\n```vega-lite for=a\n{}\n```\n\ntext\n'
    expect(serialiseNotebook(added)).toBe(text)
    expect(cellSpec(reparsed(setCellSpec(added, 0, '{"a":1}')).cells[0] ?? fail())).toBe('{"a":1}')
    expect(serialiseNotebook(setCellSpec(added, 0, null))).toBe(bare)
  })

  test('the title is set in its line, and a front matter is made for it', () => {
    const titled = setFrontMatterField(parseNotebook(sample), 'title', 'A: "B"')
    expect(notebookTitle(reparsed(titled))).toBe('A: "B"')
    expect(cellText(titled.cells[0] ?? fail())).toBe(
      cellText(parseNotebook(sample).cells[0] ?? fail()),
    )
    const made = setFrontMatterField(parseNotebook('# x\n'), 'title', 'New')
    expect(serialiseNotebook(made)).toBe('---\ntitle: New\n---\n\n# x\n')
    const cleared = setFrontMatterField(made, 'title', null)
    expect(frontMatterField(cleared, 'title')).toBeNull()
  })

  test('any title is read back', () => {
    fc.assert(
      fc.property(fc.string(), value => {
        const title = value.replace(/[\r\n]/g, ' ').trim()
        fc.pre(title !== '')
        const notebook = setFrontMatterField(parseNotebook('x\n'), 'title', title)
        expect(frontMatterField(reparsed(notebook), 'title')).toBe(title)
      }),
    )
  })

  test('a new name is one that no cell has', () => {
    expect(freeCellName(parseNotebook('```sql name=query_1\n```\n'))).toBe('query_2')
    expect(freeCellName(parseNotebook(sample), 'traffic_7')).toBe('traffic_1')
  })
})

function fail(): never {
  throw new Error('no such cell')
}

/** What a file's last open block reads as once something follows it. */
function closed(notebook: Notebook): Notebook {
  const end = insertCell(
    notebook,
    notebook.cells.length,
    makeSqlCell({ body: '', name: 'end', eol: '\n' }),
  )
  return deleteCell(end, notebook.cells.length)
}
