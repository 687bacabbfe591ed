import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PartitionAccounting } from '../contract/ingest.ts'
import { domainOf, transactionOf } from '../ingest/stream-tables.ts'
import type { Action } from '../lake/delta-log.ts'
import { attributeLosses } from './attribute-losses.ts'
import { ClaimReader } from './claims.ts'

const part = (startOffset: number, rows: number): PartitionAccounting => ({
  ...{ partition: 0, startOffset, endOffset: startOffset + rows },
  ...{ rows, deadLetters: 0, duplicates: 0 },
})

/** Commits of so many rows each, as ingest makes them; 0 stands for one that only merges files. */
function commitsOf(sizes: readonly number[]): Action[][] {
  let total = part(0, 0)
  return sizes.map(rows => {
    if (rows === 0) return [{ commitInfo: { timestamp: 0, operation: 'OPTIMIZE' } }]
    const own = part(total.endOffset, rows)
    total = part(0, total.rows + rows)
    const configuration = JSON.stringify({ topicId: 't', partitions: [total] })
    const txn = { appId: transactionOf('s', 0), version: total.endOffset - 1, lastUpdated: 0 }
    return [
      {
        commitInfo: {
          timestamp: 0,
          operation: 'STREAMING UPDATE',
          millrace: { partitions: [own] },
        },
      },
      { txn },
      { domainMetadata: { domain: domainOf('s'), configuration, removed: false } },
    ]
  })
}

function read(commits: readonly (readonly Action[] | undefined)[], rows: number): ClaimReader {
  const reader = new ClaimReader('s', 's')
  for (const [version, actions] of commits.entries()) if (actions) reader.add(version, actions)
  reader.finish(commits.length - 1, { topicId: 't', partitions: [part(0, rows)] })
  return reader
}

describe('the claims of commits', () => {
  test('cover all offsets without a hole, whichever commits cannot be read', () => {
    const shape = fc.array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(shape, versions => {
        const sizes = versions.map(([rows]) => rows)
        const rows = sizes.reduce((sum, size) => sum + size, 0)
        const commits = commitsOf(sizes).map((actions, n) =>
          versions[n]?.[1] ? actions : undefined,
        )
        const { claims, findings } = read(commits, rows)
        expect(findings).toEqual([])
        let next = 0
        for (const claim of claims) {
          expect(claim.startOffset).toBe(next)
          expect(claim.endOffset - claim.startOffset).toBe(claim.rows)
          next = claim.endOffset
        }
        expect(next).toBe(rows)
      }),
    )
  })

  test('name the versions that they are of', () => {
    const [first, , third, fourth] = commitsOf([3, 4, 5, 6])
    const { claims } = read([first, undefined, third, fourth], 18)
    expect(claims.map(({ source }) => source)).toEqual([
      'version 0',
      'versions 1 to 2',
      'version 3',
    ])
  })

  test('that contradict themselves are findings', () => {
    const [first = [], second = []] = commitsOf([3, 4])
    const other = { appId: transactionOf('s', 0), version: 9, lastUpdated: 0 }
    const { findings } = read(
      [first, second.map(each => ('txn' in each ? { txn: other } : each))],
      7,
    )
    expect(findings.map(({ detail }) => detail)).toEqual([
      'Partition 0 of s, version 1: it is committed up to offset 9, and its accounts end at 7.',
    ])
    const [, info] = commitsOf([2, 4])
    expect(
      read([first, [...(info ?? []).slice(0, 1), ...second.slice(1)]], 7).findings,
    ).toMatchObject([{ kind: 'unaccounted', partition: 0 }])
  })
})

test('a loss is laid at the door of damaged files only as far as they can have held it', () => {
  const range = (startOffset: number, endOffset: number) => ({ startOffset, endOffset })
  const loss = { partition: 1, offsets: 10, ranges: [range(0, 10)], source: 'version 1' }
  const files = [
    { span: range(0, 4), rows: 4 },
    { span: range(3, 8), rows: 5 },
  ]
  const { ofFiles, unexplained } = attributeLosses([loss], files)
  expect(ofFiles).toEqual([
    { partitions: [{ partition: 1, ranges: [range(0, 4)] }], isShared: true },
    { partitions: [{ partition: 1, ranges: [range(3, 8)] }], isShared: true },
  ])
  expect(unexplained).toMatchObject([{ offsets: 2, ranges: [range(8, 10)] }])
  const tooFew = attributeLosses([loss], [{ span: range(0, 10), rows: 3 }])
  expect(tooFew.unexplained).toEqual([loss])
})
