import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import type { Claim } from './claims.ts'
import { judgeCounts } from './judge-counts.ts'
import { OffsetLedger } from './offset-ledger.ts'
import { countOffsets } from './offset-range.ts'

/** What really happened at each offset, from 0 on: nothing is an offset that the log took for itself. */
const fates = fc.array(fc.constantFrom('row', 'row', 'row', 'dead', 'nothing'), {
  minLength: 1,
  maxLength: 60,
})
type Fate = 'row' | 'dead' | 'nothing'

function claimOf(all: readonly Fate[], startOffset: number, endOffset: number): Claim {
  const part = all.slice(startOffset, endOffset)
  const count = (fate: Fate) => part.filter(each => each === fate).length
  const [rows, deadLetters, duplicates] = [count('row'), count('dead'), count('nothing')]
  const source = `version ${startOffset}`
  return { partition: 3, startOffset, endOffset, rows, deadLetters, duplicates, source }
}

function claimsOf(all: readonly Fate[], size: number): Claim[] {
  const starts = all.flatMap((_, offset) => (offset % size === 0 ? [offset] : []))
  return starts.map(start => claimOf(all, start, Math.min(start + size, all.length)))
}

async function ledgerOf(
  folder: string,
  rows: readonly number[],
  dead: readonly number[],
  fileCount: number,
) {
  const connection = await (await DuckDBInstance.create()).connect()
  const ledger = await OffsetLedger.open(connection)
  const write = async (select: string, name: string) => {
    const file = join(folder, name)
    await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`)
    return file
  }
  for (let n = 0; n < fileCount; n++) {
    const own = rows.filter((_, index) => index % fileCount === n)
    const select = `SELECT 3 AS _partition, unnest([${own}]::BIGINT[]) AS _offset`
    await ledger.addFile(await write(select, `rows-${n}.parquet`), { decodesAll: false })
  }
  const select = `SELECT 's' AS stream, 3 AS log_partition, unnest([${dead}]::BIGINT[]) AS log_offset
    UNION ALL SELECT 'other', 3, unnest(range(100))`
  const letters = await write(select, 'dead.parquet')
  await ledger.addFile(letters, { stream: 's', decodesAll: true })
  return { ledger, connection }
}

const offsetsWith = (all: readonly Fate[], fate: Fate) =>
  all.flatMap((each, offset) => (each === fate ? [offset] : []))

test('what is lost, doubled or never was comes out as when one counts it offset by offset', async () => {
  const folder = await temporaryFolder()
  const shape = fc.record({
    all: fates,
    claimSize: fc.integer({ min: 1, max: 20 }),
    fileCount: fc.integer({ min: 1, max: 4 }),
    lost: fc.array(fc.nat(59), { maxLength: 4 }),
    doubled: fc.array(fc.nat(59), { maxLength: 3 }),
    isLogKnown: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ all, claimSize, fileCount, lost, doubled, isLogKnown }) => {
      const isRow = (offset: number) => all[offset] === 'row'
      const gone = new Set(lost.filter(isRow))
      const twice = [...new Set(doubled)].filter(offset => isRow(offset) && !gone.has(offset))
      const rows = [...offsetsWith(all, 'row').filter(offset => !gone.has(offset)), ...twice]
      const { ledger, connection } = await ledgerOf(
        folder,
        rows,
        offsetsWith(all, 'dead'),
        fileCount,
      )
      if (isLogKnown) {
        const empty = offsetsWith(all, 'nothing')
        await ledger.addRanges('logRead', 3, [{ startOffset: 0, endOffset: all.length }])
        const ranges = empty.map(at => ({ startOffset: at, endOffset: at + 1 }))
        await ledger.addRanges('logEmpty', 3, ranges)
      }
      const counts = await ledger.count(claimsOf(all, claimSize))
      const { sums, losses, findings } = judgeCounts(counts, 's')
      connection.closeSync()
      expect(losses.reduce((sum, loss) => sum + loss.offsets, 0)).toBe(gone.size)
      const named = losses.flatMap(({ ranges }) => ranges)
      if (isLogKnown) expect(countOffsets(named)).toBe(gone.size)
      for (const offset of gone) {
        expect(named.some(r => r.startOffset <= offset && offset < r.endOffset)).toBe(true)
      }
      expect(findings.some(({ kind }) => kind === 'duplicate')).toBe(twice.length > 0)
      expect(findings.filter(({ kind }) => kind !== 'duplicate')).toEqual([])
      expect(sums).toEqual([
        {
          partition: 3,
          ...{ startOffset: 0, endOffset: all.length, setAside: 0 },
          rows: rows.length,
          deadLetters: offsetsWith(all, 'dead').length,
          duplicates: offsetsWith(all, 'nothing').length,
        },
      ])
    }),
    { numRuns: 25 },
  )
})
