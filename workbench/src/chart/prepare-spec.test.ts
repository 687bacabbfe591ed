import { expect, test } from 'vitest'
import { parseSpec, specText } from './chart-spec.ts'
import { prepareSpec } from './prepare-spec.ts'

const size = { width: 300, height: 200 }

test('time is in UTC wherever a spec shows it', () => {
  const spec = {
    mark: 'line',
    encoding: {
      x: { field: 't', type: 'temporal', timeUnit: 'yearmonthdate' },
      y: { field: 'n', type: 'quantitative' },
      tooltip: [{ field: 't', type: 'temporal' }],
    },
  }
  expect(prepareSpec(spec, size)).toMatchObject({
    encoding: {
      x: { timeUnit: 'utcyearmonthdate', scale: { type: 'utc' } },
      tooltip: [{ scale: { type: 'utc' } }],
    },
  })
})

test('what a spec says about its scale stays', () => {
  const x = { field: 't', type: 'temporal', scale: { type: 'time', nice: false } }
  expect(prepareSpec({ mark: 'line', encoding: { x } }, size)).toMatchObject({ encoding: { x } })
})

test('the data is the cell’s, whatever the spec says', () => {
  const spec = { data: { url: 'https://example.org/x.json' }, mark: 'bar', encoding: {} }
  expect(prepareSpec(spec, size).data).toEqual({ name: 'result' })
})

test('a chart fills its room, a facet takes what it needs', () => {
  expect(prepareSpec({ mark: 'bar' }, size)).toMatchObject({ ...size, autosize: { type: 'fit' } })
  const facet = { facet: { field: 'a' }, spec: { mark: 'bar' } }
  expect(prepareSpec(facet, size)).not.toHaveProperty('width')
})

test('a spec is written as one would by hand, and read back', () => {
  const spec = {
    mark: 'bar',
    encoding: { x: { field: 'a', type: 'quantitative' }, y: { field: 'b' } },
  }
  expect(specText(spec)).toBe(
    '{\n  "mark": "bar",\n  "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b"}}\n}',
  )
  expect(parseSpec(specText(spec))).toEqual({ spec })
})

test.each(['{', '[]', '3', '{"a": }', ''])('%j is refused with a reason', text => {
  const parsed = parseSpec(text)
  expect('error' in parsed && parsed.error.message.length > 5).toBe(true)
})
