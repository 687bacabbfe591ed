import { useMemo } from 'react'
import { TableHead } from '../ui/table-head.tsx'
import { columnFormat } from './column-format.ts'
import { typeLabel } from './column-kind.ts'
import { nullShareText, profileColumn } from './column-profile.ts'
import styles from './column-profiles.module.css'
import { MiniBars } from './mini-bars.tsx'
import { PartNote } from './part-note.tsx'
import { isWhole, partText, type Result, type ResultColumn, type Value } from './result.ts'

const titles = ['Column', 'Type', 'Null', 'Distinct', 'Least', 'Greatest', 'Values']
const distinctSampleMax = 100_000

/** Each column with what its values are like. */
export function ColumnProfiles({ result }: { result: Result }) {
  const profiles = useMemo(
    () => result.columns.map(column => ({ column, ...describe(column, result) })),
    [result],
  )
  return (
    <div className={styles.scroll}>
      {!isWhole(result) && (
        <PartNote>Of the first {partText(result)}: SUMMARIZE in SQL looks at all of them.</PartNote>
      )}
      <table className={styles.table}>
        <TableHead titles={titles} />
        <tbody>
          {profiles.map(({ column, nulls, distinct, least, greatest, bars }) => (
            <tr key={column.index}>
              <th scope="row">{column.name}</th>
              <td>{typeLabel(column.sqlType)}</td>
              <td>{nulls || 'none'}</td>
              <td>{distinct}</td>
              <td>{least}</td>
              <td>{greatest}</td>
              <td>
                <MiniBars bars={bars} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function describe(column: ResultColumn, result: Result) {
  const { nullShare, bars } = profileColumn(column, result.rows)
  const format = columnFormat(column, result)
  const seen = new Set<Value>()
  let least: Value = null
  let greatest: Value = null
  const rows = Math.min(result.rows, distinctSampleMax)
  for (let row = 0; row < rows; row += 1) {
    const value = column.at(row)
    if (value === null) continue
    seen.add(value)
    if (least === null || value < least) least = value
    if (greatest === null || value > greatest) greatest = value
  }
  const more = rows < result.rows ? '≥ ' : ''
  return {
    nulls: nullShareText(nullShare).replace(' null', ''),
    distinct: more + seen.size.toLocaleString('en'),
    least: least === null ? '–' : format(least),
    greatest: greatest === null ? '–' : format(greatest),
    bars,
  }
}
