/** A JSON object. */
export type Json = { [key: string]: unknown }

/** A Vega-Lite spec as it stands in a notebook: without data, which comes from the cell. */
export type ChartSpec = Json

export type ParsedSpec = { spec: ChartSpec } | { error: SpecError }

export interface SpecError {
  readonly message: string
  /** Where in the text, when that is known. */
  readonly offset: number | null
}

/** Reads a spec's text; the error says what is wrong in words that one can act on. */
export function parseSpec(text: string): ParsedSpec {
  try {
    const value: unknown = JSON.parse(text)
    if (isJson(value)) return { spec: value }
    return { error: { message: 'A Vega-Lite spec is a JSON object: { … }', offset: 0 } }
  } catch (error) {
    return { error: jsonError(text, error) }
  }
}

export function specText(spec: ChartSpec): string {
  return writeJson(spec, 0)
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A column's name as Vega-Lite takes it: what would reach into an object is escaped. */
export function fieldOf(name: string): string {
  return name.replace(/[\\.[\]'"]/g, '\\$&')
}

/** The channel of a column; its axis has the name as it is. */
export function columnChannel(name: string): Json {
  const field = fieldOf(name)
  return field === name ? { field } : { field, title: name }
}

/** Keeps the rows that come first by a sort; those that it cannot tell apart count as one. */
export function onlyLargest(count: number, sort: readonly Json[]): Json[] {
  return [
    { window: [{ op: 'dense_rank', as: rankField }], sort },
    { filter: `datum['${rankField}'] <= ${count}` },
  ]
}

/** No column of a result is called so. */
const rankField = 'millrace rank'

const lineWidthMax = 78

/** JSON with short objects on one line, as one would write it by hand. */
function writeJson(value: unknown, depth: number): string {
  const line = JSON.stringify(value)
  if (line === undefined || typeof value !== 'object' || value === null) return line ?? 'null'
  const spaced = inlineJson(value)
  if (depth > 0 && spaced.length + depth * 2 <= lineWidthMax) return spaced
  const pad = '  '.repeat(depth + 1)
  const end = `\n${'  '.repeat(depth)}`
  if (Array.isArray(value)) {
    return `[\n${value.map(item => pad + writeJson(item, depth + 1)).join(',\n')}${end}]`
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (members.length === 0) return '{}'
  const lines = members.map(([key, item]) => {
    return `${pad}${JSON.stringify(key)}: ${writeJson(item, depth + 1)}`
  })
  return `{\n${lines.join(',\n')}${end}}`
}

function inlineJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineJson).join(', ')}]`
  if (!isJson(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${inlineJson(item)}`).join(', ')}}`
}

function jsonError(text: string, error: unknown): SpecError {
  const message = error instanceof Error ? error.message : String(error)
  const offset = /position (\d+)/.exec(message)?.[1]
  const plain = message.replace(/ in JSON.*$/, '').replace(/, "?[\s\S]*$/, '')
  if (offset !== undefined) return { message: plain, offset: Number(offset) }
  return { message: plain, offset: /end of JSON/.test(message) ? text.length : null }
}
