import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokenizeSql } from './sql-tokens.ts'

const kinds = (sql: string) => tokenizeSql(sql).map(token => `${token.kind} ${token.text}`)

describe('SQL falls into tokens', () => {
  test.each([
    [
      'SELECT count(*) FROM t',
      [
        'keyword SELECT',
        'function count',
        'mark (',
        'operator *',
        'mark )',
        'keyword FROM',
        'name t',
      ],
    ],
    ["'it''s' -- no", ["string 'it''s'", 'comment -- no']],
    ['"a ""b"" c".d', ['quoted "a ""b"" c"', 'mark .', 'name d']],
    ['1_000.5e-3 + .5', ['number 1_000.5e-3', 'operator +', 'number .5']],
    [
      '$range.start >= $1',
      ['parameter $range', 'mark .', 'name start', 'operator >', 'operator =', 'parameter $1'],
    ],
    ['$$a $b$$ x', ['string $$a $b$$', 'name x']],
    ['/* a /* b */ c */ d', ['comment /* a /* b */ c */', 'name d']],
    ["'a\nb' c", ["string 'a", "string b'", 'name c']],
    ['/* a\nb */ c', ['comment /* a', 'comment b */', 'name c']],
    ['größe', ['name größe']],
    ['minute, MINUTE', ['name minute', 'mark ,', 'name MINUTE']],
  ])('%s', (sql, expected) => {
    expect(kinds(sql)).toEqual(expected)
  })

  test('a keyword that may name a column counts only in capitals', () => {
    const keywords = new Set(['MINUTE'])
    const read = tokenizeSql('minute MINUTE', keywords).map(token => token.kind)
    expect(read).toEqual(['name', 'keyword'])
  })

  test('no text is lost but space, and every token stands where it says', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$$',
      '/*',
      '*/',
      '--',
      '\n',
      ' ',
      'a',
      '1',
      '.',
      '(',
      '$x',
      'é',
      '😀',
    )
    const anySql = fc.oneof(
      fc.array(piece).map(parts => parts.join('')),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(anySql, sql => {
        const tokens = tokenizeSql(sql)
        for (const token of tokens) expect(sql.slice(token.start, token.end)).toBe(token.text)
        const rest = tokens.reduceRight(
          (text, { start, end }) => text.slice(0, start) + text.slice(end),
          sql,
        )
        expect(rest.trim()).toBe('')
      }),
      { numRuns: 1_000 },
    )
  })
})
