import { expect, test } from 'vitest'
import { checkFile, jsonArray, tableNameOf } from './dropped-file.ts'

test.each([
  ['Sales 2024.csv', 'sales_2024'],
  ['2024-sales.final.parquet', 'file_2024_sales_final'],
  ['Größe.json', 'größe'],
  ['---.csv', 'file'],
  ['taken.csv', 'taken_3'],
])('%s is called %s', (file, name) => {
  expect(tableNameOf(file, candidate => ['taken', 'taken_2'].includes(candidate))).toBe(name)
})

test.each([
  ['[{"a": 1}]', '[{"a": 1}]'],
  ['{"a": 1}\n\n{"a": 2}\n', '[{"a": 1},\n{"a": 2}]'],
  ['\ufeff{\n  "a": {"b": 1}\n}', '[{\n  "a": {"b": 1}\n}]'],
])('%j is read as an array', (text, expected) => {
  expect(jsonArray(text)).toBe(expected)
})

test('an empty file and files of other kinds are refused', () => {
  expect(() => jsonArray(' \n')).toThrow('nothing')
  expect(() => checkFile({ name: 'photo.png', size: 1 })).toThrow(/photo\.png is no file/)
  expect(() => checkFile({ name: 'a.CSV', size: 2 ** 30 })).toThrow(/1024 MB.*512 MB/)
  expect(() => checkFile({ name: 'a.CSV', size: 1 })).not.toThrow()
})
