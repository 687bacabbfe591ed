import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFailure } from '../base/failure.ts'
import { sealCommit, sealOf } from './checksum.ts'
import { type Action, parseCommit, serialiseCommit } from './delta-log.ts'

const commits = fc
  .array(fc.record({ appId: fc.string(), version: fc.nat(), lastUpdated: fc.nat() }), {
    maxLength: 4,
  })
  .map((transactions): Action[] => [
    { commitInfo: { timestamp: 1, operation: 'WRITE', note: '"sha256":""' } },
    ...transactions.map(txn => ({ txn })),
  ])

test('a commit comes back as it was written, with the checksum beside', () => {
  fc.assert(
    fc.property(commits, actions => {
      const text = serialiseCommit(actions)
      expect(sealOf(text)).toBe('intact')
      const [first, ...rest] = parseCommit(text, 'a commit')
      expect(first).toMatchObject(actions[0] ?? {})
      expect(rest).toEqual(actions.slice(1))
    }),
  )
})

test('no flipped bit leaves a commit intact', () => {
  fc.assert(
    fc.property(commits, fc.nat(), fc.nat(7), (actions, place, bit) => {
      const bytes = Buffer.from(serialiseCommit(actions))
      const at = place % bytes.length
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
      expect(sealOf(bytes.toString('utf8'))).not.toBe('intact')
    }),
  )
})

test('a commit of another tool is read without a checksum, and a damaged one of ours is refused by name', () => {
  const text = '{"commitInfo":{"timestamp":1,"operation":"WRITE"}}\n'
  expect(parseCommit(text, 'a commit')).toHaveLength(1)
  const damaged = sealCommit(text).replace('WRITE', 'WRITF')
  const failed = (): unknown => {
    try {
      return parseCommit(damaged, 'orders/1.json')
    } catch (error) {
      return error
    }
  }
  expect(isFailure(failed(), 'lake-corrupt')).toBe(true)
  expect(failed()).toMatchObject({ message: 'orders/1.json does not match its checksum.' })
})
