import type { Random } from '../../sample-data/random.ts'

type Mutation = (value: Buffer, random: Random) => Buffer

const longBytes = 1_000_000
const deepLevels = 10_000

/** JSON that is put in the place of a member's value: bounds of every type, and what lies just beyond. */
const values = [
  ...['0', '-0', '-0.0', '1', '1.0', '1e2', '1E+2', '1e400', '-1e400', '1e-400', '.5', '5.', '01'],
  ...['+1', '0x1F', '1_000', 'NaN', 'Infinity', '-Infinity', 'undefined', 'True', 'None', 'nul'],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '3.7', '1e15', '123456789012345.6'],
  ...['9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808'],
  ...[
    '-9223372036854775809',
    '18446744073709551616',
    '12345678901234567890',
    '99999999999999999999',
  ],
  ...['9999999999999999.99', '"9999999999999999.99"', '"10000000000000000.00"', '1.239', '"1.005"'],
  ...['"-9999999999999999.99"', '1.500', '"1.50"', '1.7976931348623157e308', '5e-324', '"1e3"'],
  ...['"2019-13-01"', '"2019-02-29"', '"2020-02-29"', '"2019-10-01 24:00:00"', '"0000-01-01"'],
  ...['"2019-10-01T02:50:00.123456Z"', '"2019-10-01 02:50:00+02:00"', '"2019-10-01 25:00:00"'],
  ...['"9999-12-31 23:59:59"', '"294247-01-10 04:00:54"', '"294247-01-10 04:00:55"', '"epoch"'],
  ...['"infinity"', '"yesterday"', '"2019-10-01"', '"1969-12-31 23:59:59.999999"', '20191001'],
  ...['null', 'true', 'false', '"true"', '"t"', '[]', '{}', '[[1],[2]]', '{"a":{"b":[1,2.50]}}'],
  ...['""', '" "', '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"\\u00e9"'],
  ...['"\\x41"', '"\\"', '"a\\/b"', '"\u2028\u2029"', '"\\n\\t\\r"', '"\t"', "'single'", '"é😀"'],
  ...['".*+?^$()|[]{}"', '"\'; DROP TABLE events; --"', '"\u001f"', '"hex:00"', '"%s%n$1"'],
  ...['"<script>alert(1)</script>"', '"../../etc/passwd"', '"NULL"', '"\ufeff"', '"1\\u0030"'],
]

const keys = [
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  '\\u0000',
  '_partition',
  '_offset',
  '_reason',
]
const columns = [
  ...['event_time', 'event_type', 'product_id', 'category_id', 'category_code', 'brand', 'price'],
  ...['user_id', 'user_session', 'ratio', 'paid', 'day', 'extra', 'small'],
]
const pieces = [
  '\0',
  '\ufeff',
  '//x\n',
  '/*x*/',
  '\r\n',
  '\n',
  '\t',
  '\v',
  '\f',
  ',',
  '}',
  ']',
  '{',
  '[',
  '"',
  '\\',
  ':',
  '\x7f',
  '\u00a0',
]

/** What happens often, each as likely as the others. */
const usual: readonly Mutation[] = [
  (value, random) => flipped(value, random),
  (value, random) => value.subarray(0, random.below(value.length)),
  (value, random) => value.subarray(random.below(value.length)),
  value => Buffer.concat([value, value]),
  value => Buffer.concat([value, Buffer.from('\n'), value]),
  value => Buffer.concat([Buffer.from('['), value, Buffer.from(']')]),
  (value, random) => inserted(value, Buffer.of(0x80 + random.below(0x80)), random),
  (value, random) => inserted(value, Buffer.of(0xed, 0xa0, 0x80 + random.below(0x40)), random),
  (value, random) => inserted(value, Buffer.from(random.pick(pieces)), random),
  value => Buffer.concat([Buffer.from('\ufeff'), value]),
  value => Buffer.concat([value, Buffer.from('\r\n')]),
  value => Buffer.concat([value, Buffer.from(' // a comment')]),
  value => text(value, json => json.replaceAll('"', "'")),
  value => text(value, json => json.replace(/"(\w+)":/g, '$1:')),
  value => text(value, json => json.replace(/}$/, ',}')),
  value => text(value, json => json.replaceAll(',', ',\n  ').replaceAll(':', ' : ')),
  value => text(value, json => json.replace(/"[a-z_]+":/, key => key.toUpperCase())),
  value => text(value, json => json.split(',').reverse().join(',')),
  value => text(value, json => json.replaceAll(/[a-z]/g, escapedLetter)),
  (value, random) => without(value, random.pick(columns)),
  (value, random) => text(value, json => JSON.stringify(json).slice(0, random.below(json.length))),
  (_, random) => Buffer.from(random.pick(['', ' ', '\n', '{}', '[]', 'null', '0', '"', '{', '}'])),
  (_, random) => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
  (value, random) => prepended(value, random.pick(keys), random.pick(values)),
  (value, random) => prepended(value, random.pick(columns), random.pick(values)),
  (value, random) => appended(value, random.pick(columns), random.pick(values)),
  ...Array.from({ length: 12 }, () => (value: Buffer, random: Random) => {
    const changed = without(value, random.pick(columns))
    return appended(changed, random.pick(columns), random.pick(values))
  }),
  ...Array.from({ length: 12 }, () => (value: Buffer, random: Random) => replaced(value, random)),
]

/** What takes much room, and so comes seldom. */
const large: readonly Mutation[] = [
  (value, random) => replaced(value, random, JSON.stringify('x'.repeat(longBytes))),
  (value, random) => replaced(value, random, `"${'\\u0001'.repeat(longBytes / 10)}"`),
  (value, random) => replaced(value, random, '9'.repeat(longBytes / 10)),
  value => prepended(value, 'x'.repeat(longBytes / 2), '1'),
  () => Buffer.alloc(longBytes, 0),
  () => Buffer.alloc(longBytes, '['),
  (value, random) => replaced(value, random, '['.repeat(deepLevels) + ']'.repeat(deepLevels)),
  (value, random) =>
    replaced(value, random, `${'{"a":'.repeat(deepLevels)}1${'}'.repeat(deepLevels)}`),
  (value, random) => replaced(value, random, '{"a":['.repeat(deepLevels)),
]
const largeOneIn = 10_000

/** Mangles an event in one of many ways, the same for the same random numbers. */
export function mutate(value: Buffer, random: Random): Buffer {
  const mutations = random.below(largeOneIn) === 0 ? large : usual
  const mutated = random.pick(mutations)(value, random)
  return random.below(5) === 0 ? random.pick(usual)(mutated, random) : mutated
}

function text(value: Buffer, change: (json: string) => string): Buffer {
  return Buffer.from(change(value.toString('utf8')))
}

function flipped(value: Buffer, random: Random): Buffer {
  const copy = Buffer.from(value)
  const at = random.below(Math.max(copy.length, 1))
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}

function inserted(value: Buffer, piece: Buffer, random: Random): Buffer {
  const at = random.below(value.length + 1)
  return Buffer.concat([value.subarray(0, at), piece, value.subarray(at)])
}

function escapedLetter(letter: string): string {
  return letter < 'n' ? letter : `\\u00${letter.charCodeAt(0).toString(16)}`
}

function without(value: Buffer, column: string): Buffer {
  return text(value, json => json.replace(new RegExp(`"${column}":("[^"]*"|[^,}]*),?`), ''))
}

function replaced(value: Buffer, random: Random, json = random.pick(values)): Buffer {
  const column = random.pick(columns)
  return text(value, event =>
    event.replace(new RegExp(`("${column}":)("[^"]*"|[^,}]*)`), (_, key: string) => key + json),
  )
}

function prepended(value: Buffer, key: string, json: string): Buffer {
  return text(value, event => event.replace(/^\{/, () => `{"${key}":${json},`))
}

function appended(value: Buffer, key: string, json: string): Buffer {
  return text(value, event => event.replace(/,?}$/, () => `,"${key}":${json}}`))
}
