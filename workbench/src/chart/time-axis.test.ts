import { parse, type Spec, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { expect, test } from 'vitest'
import { dataName, prepareSpec } from './prepare-spec.ts'
import { timeAxisFormat } from './time-axis.ts'
import { vegaConfig } from './vega-config.ts'

const second = 1_000
const hour = 3_600 * second
const start = Date.UTC(2026, 10, 14, 6, 20)

/** The labels that are seen on the time axis of a chart over so many points in time. */
async function labelsOf(count: number, stepMs: number, width: number): Promise<string[]> {
  const encoding = { x: { field: 't', type: 'temporal', title: null }, y: { field: 'n' } }
  const spec = prepareSpec({ mark: 'line', encoding }, { width, height: 200 })
  const values = Array.from({ length: count }, (_, n) => ({ t: start + n * stepMs, n: n % 7 }))
  const whole = { ...spec, datasets: { [dataName]: values }, config: vegaConfig(() => '#000000') }
  const compiled = compile(whole as unknown as TopLevelSpec).spec
  const view = new View(parse(timeAxisFormat(compiled as Spec)), { renderer: 'none' })
  await view.runAsync()
  const { root } = view.scenegraph() as unknown as { root: Labelled }
  const labels = labelsIn(root).filter(text => !/^\d$/.test(text))
  view.finalize()
  return labels
}

/** What a test has to know of a scene. */
interface Labelled {
  readonly role?: string
  readonly items?: readonly Labelled[]
  readonly text?: string
  readonly opacity?: number
}

function labelsIn(item: Labelled): string[] {
  if (item.role === 'axis-label') {
    return (item.items ?? []).filter(({ opacity }) => opacity !== 0).map(each => String(each.text))
  }
  return (item.items ?? []).flatMap(labelsIn)
}

test.each([400, 640, 800, 1200])(
  'two weeks by the hour have a date at each label, %i wide',
  async width => {
    const labels = await labelsOf(14 * 24, hour, width)
    expect(labels.length).toBeGreaterThan(3)
    expect(new Set(labels).size).toBe(labels.length)
    if (width < 1200) expect(labels.every(label => /^Nov \d\d$/.test(label))).toBe(true)
  },
)

test('a minute by the second has every step labelled', async () => {
  const labels = await labelsOf(60, second, 800)
  expect(labels.length).toBeGreaterThan(5)
  const steps = labels.slice(1).map((label, n) => secondsOf(label) - secondsOf(labels[n] ?? ''))
  expect(new Set(steps).size).toBe(1)
})

function secondsOf(label: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = label.split(':').map(Number)
  return hours * 3600 + minutes * 60 + seconds
}
