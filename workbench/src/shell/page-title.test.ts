import { expect, test } from 'vitest'
import { pageTitle } from './page-title.ts'

test('a page is named after what it shows', () => {
  expect(pageTitle('Store overview')).toBe('Store overview · Millrace')
  expect(pageTitle(null)).toBe('Millrace')
})
