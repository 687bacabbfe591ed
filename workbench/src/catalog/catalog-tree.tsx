import { ChevronRight } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { CatalogTable } from '../../../backend/contract/catalog.ts'
import type { StreamStatus } from '../../../backend/contract/ingest.ts'
import { typeMark } from '../result/column-kind.ts'
import { classes } from '../ui/classes.ts'
import { Hint } from '../ui/hint.tsx'
import styles from './catalog-tree.module.css'
import { rowsNow, shortCount } from './row-count.ts'

interface CatalogTreeProps {
  tables: readonly CatalogTable[]
  streams: readonly StreamStatus[]
  /** Writes a name into the statement that is edited. */
  onInsert: (name: string) => void
}

const columnsShownMax = 100

export function CatalogTree({ tables, streams, onInsert }: CatalogTreeProps) {
  const { plain, schemas } = useMemo(() => bySchema(tables), [tables])
  return (
    <ul className={styles.tree}>
      {plain.map((table, i) => (
        <TableBranch key={table.name} {...{ table, streams, onInsert }} isOpenAtFirst={i === 0} />
      ))}
      {schemas.map(([schema, members]) => (
        <Branch key={schema} label={schema} detail={membersText(members)}>
          <ul className={styles.inner}>
            {members.map(table => (
              <TableBranch key={table.name} {...{ table, streams, onInsert }} />
            ))}
          </ul>
        </Branch>
      ))}
    </ul>
  )
}

interface TableBranchProps extends Omit<CatalogTreeProps, 'tables'> {
  table: CatalogTable
  isOpenAtFirst?: boolean
}

function TableBranch({ table, streams, onInsert, isOpenAtFirst }: TableBranchProps) {
  const rows = rowsNow(table, streams)
  const columns = table.columns.slice(0, columnsShownMax)
  const hint = [table.description, `${rows.toLocaleString('en')} rows`].filter(Boolean).join(' · ')
  return (
    <Branch
      label={table.name}
      hint={hint}
      detail={shortCount(rows)}
      isOpenAtFirst={isOpenAtFirst ?? false}
    >
      <ul className={styles.columns}>
        {columns.map(column => (
          <li key={column.name}>
            <Hint text={columnHint(column)} side="right">
              <button type="button" className={styles.column} onClick={() => onInsert(column.name)}>
                <span className={styles.mark}>{typeMark(column.type)}</span>
                <span className={styles.name}>{column.name}</span>
              </button>
            </Hint>
          </li>
        ))}
        {table.columns.length > columnsShownMax && (
          <li className={styles.more}>{table.columns.length - columnsShownMax} more columns</li>
        )}
      </ul>
    </Branch>
  )
}

interface BranchProps {
  label: string
  hint?: string
  detail: string
  isOpenAtFirst?: boolean
  children: React.ReactNode
}

function Branch({ label, hint, detail, isOpenAtFirst, children }: BranchProps) {
  const [isOpen, setOpen] = useState(isOpenAtFirst ?? false)
  const button = (
    <button
      type="button"
      className={styles.branch}
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      <ChevronRight size={13} className={classes(styles.chevron, isOpen && styles.open)} />
      <span className={styles.label}>{label}</span>
      <span className={styles.detail}>{detail}</span>
    </button>
  )
  return (
    <li>
      {hint ? (
        <Hint text={hint} side="right">
          {button}
        </Hint>
      ) : (
        button
      )}
      {isOpen && children}
    </li>
  )
}

function columnHint(column: CatalogTable['columns'][number]): string {
  const nullable = column.isNullable ? '' : ' · never null'
  return `${column.type}${nullable}${column.description ? ` · ${column.description}` : ''}`
}

function bySchema(tables: readonly CatalogTable[]): {
  plain: CatalogTable[]
  schemas: [string, CatalogTable[]][]
} {
  const groups = new Map<string, CatalogTable[]>()
  for (const table of tables) {
    groups.set(table.schema, [...(groups.get(table.schema) ?? []), table])
  }
  const plain = groups.get('') ?? []
  groups.delete('')
  return { plain: plain.toSorted(streamsFirst), schemas: [...groups] }
}

function streamsFirst(a: CatalogTable, b: CatalogTable): number {
  return Number(b.kind === 'stream') - Number(a.kind === 'stream')
}

function membersText(members: readonly CatalogTable[]): string {
  const what = members.every(({ kind }) => kind === 'live-view') ? 'view' : 'table'
  return members.length === 1 ? `1 ${what}` : `${members.length} ${what}s`
}
