import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeTextCell } from '../../../backend/contract/notebook-edit.ts'
import { cellBody, serialiseNotebook } from '../../../backend/contract/notebook-format.ts'
import {
  type CellId,
  cellAt,
  type NotebookEvent,
  type NotebookState,
  openNotebook,
  reduceNotebook,
} from './notebook-state.ts'

const text = '# A\n\n```sql name=a\n1\n```\n\n```sql name=b\n2\n```\n\nend\n'

function counter(): () => CellId {
  let count = 0
  return () => {
    count += 1
    return `c${count}` as CellId
  }
}

const bodies = (state: NotebookState) => state.notebook.cells.map(cellBody)

test('a cell keeps its id wherever it moves', () => {
  const state = openNotebook(text, counter())
  const id = state.ids[1] as CellId
  const moved = reduceNotebook(state, { type: 'moved', id, to: 3 })
  expect(bodies(moved)).toEqual(['# A', '2', 'end', '1'])
  expect(moved.ids[3]).toBe(id)
  expect(cellBody(cellAt(moved, id) ?? fail())).toBe('1')
})

test('a file that is read anew keeps the ids of the cells that are still there', () => {
  const newId = counter()
  const state = openNotebook(text, newId)
  const theirs = text.replace('# A\n\n', '# A\n\nnew\n\n').replace('2', '22')
  const read = reduceNotebook(state, { type: 'read', text: theirs, newId })
  expect(read.ids.slice(1)).toEqual(state.ids.slice(1))
  expect(serialiseNotebook(read.notebook)).toBe(theirs)
})

test('ids and cells stay in step through any editing', () => {
  const newId = counter()
  const event = fc.oneof(
    fc.record({ type: fc.constant('moved' as const), at: fc.nat(9), to: fc.nat(9) }),
    fc.record({ type: fc.constant('deleted' as const), at: fc.nat(9) }),
    fc.record({ type: fc.constant('inserted' as const), at: fc.nat(9) }),
    fc.record({ type: fc.constant('edited' as const), at: fc.nat(9), body: fc.string() }),
  )
  fc.assert(
    fc.property(fc.array(event), events => {
      let state = openNotebook(text, newId)
      for (const { at, ...rest } of events) {
        const id = state.ids[at % Math.max(1, state.ids.length)]
        if (rest.type === 'inserted') {
          const index = at % (state.ids.length + 1)
          const cell = makeTextCell('x', '\n')
          state = reduceNotebook(state, { type: 'inserted', index, cell, id: newId() })
        } else if (id) state = reduceNotebook(state, { ...rest, id } as NotebookEvent)
        expect(state.ids).toHaveLength(state.notebook.cells.length)
        expect(new Set(state.ids).size).toBe(state.ids.length)
      }
    }),
  )
})

function fail(): never {
  throw new Error('no such cell')
}
