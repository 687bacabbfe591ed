import { resolve } from 'node:path'

/** A setting of Millrace: an environment variable, or the same name in lower case as `--option`. */
export interface Setting<T> {
  readonly description: string
  /** What holds when it is not set, as it would be written. */
  readonly byDefault: string
  /** @returns undefined when the text is not valid */
  parse(text: string): T | undefined
  /** What is valid, for the error message. */
  readonly expected: string
}

export function text(description: string, byDefault: string): Setting<string> {
  return { description, byDefault, expected: 'a text', parse: value => value || undefined }
}

export function folder(description: string, byDefault: string): Setting<string> {
  return { ...text(description, byDefault), expected: 'a path', parse: value => resolve(value) }
}

/** A folder that another setting gives a place when this one is empty. */
export function optionalFolder(description: string): Setting<string> {
  return {
    ...folder(description, ''),
    parse: value => (value === '' ? '' : resolve(value)),
  }
}

export function choice<const T extends string>(
  description: string,
  byDefault: NoInfer<T>,
  values: readonly T[],
): Setting<T> {
  const expected = values.map(value => `"${value}"`).join(' or ')
  return { description, byDefault, expected, parse: value => values.find(known => known === value) }
}

export function number(
  description: string,
  byDefault: number,
  limits: { readonly min: number; readonly max: number; readonly isWhole?: boolean },
): Setting<number> {
  const { min, max, isWhole = true } = limits
  return {
    description,
    byDefault: String(byDefault),
    expected: `${isWhole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
    parse: value => {
      const parsed = value.trim() === '' ? Number.NaN : Number(value)
      const isValid = parsed >= min && parsed <= max && (!isWhole || Number.isInteger(parsed))
      return isValid ? parsed : undefined
    },
  }
}

export function list<T>(
  description: string,
  byDefault: string,
  items: { readonly expected: string; parse(item: string): T | undefined },
): Setting<readonly T[]> {
  return {
    description,
    byDefault,
    expected: items.expected,
    parse(value) {
      const texts = value.split(',').map(item => item.trim())
      const parsed = texts.filter(item => item !== '').map(items.parse)
      return parsed.includes(undefined) ? undefined : (parsed as T[])
    },
  }
}

/** Empty unless it is set. */
export function optionalText(description: string): Setting<string> {
  return { description, byDefault: '', expected: 'a text', parse: value => value }
}

export function urls(description: string, byDefault: string): Setting<readonly URL[]> {
  const expected = 'addresses such as http://host:port, separated by commas'
  return list(description, byDefault, {
    expected,
    parse: item => (/^https?:\/\//.test(item) ? (URL.parse(item) ?? undefined) : undefined),
  })
}
