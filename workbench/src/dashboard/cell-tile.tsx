import { type ReactNode, useEffect, useMemo } from 'react'
import type { Tile } from '../../../backend/contract/documents.ts'
import { cellEngine, cellSpec, type SqlCell } from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { useCatalogStore } from '../catalog/catalog-context.ts'
import { AgePill } from '../cell/age-pill.tsx'
import { ChartView } from '../chart/chart-view.tsx'
import { NumberView } from '../chart/number-view.tsx'
import { useChart } from '../chart/use-chart.ts'
import { emptyCatalog, SqlCatalog } from '../editor/sql-catalog.ts'
import type { Result } from '../result/result.ts'
import { ResultGrid } from '../result/result-grid.tsx'
import { Button } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { Pill } from '../ui/pill.tsx'
import { dragHandleClass } from './drag-handle.ts'
import styles from './tile.module.css'
import { awaited, missing, type TileAge, type TileAges, tileAge } from './tile-ages.ts'
import type { TileResult } from './tile-result.ts'
import { type TileStatement, tileStatement } from './tile-statement.ts'
import { TileTitle } from './tile-title.tsx'
import { useLiveResult } from './use-live-result.ts'
import { type FoundCell, useNotebookCell } from './use-notebook-cell.ts'
import { useRepeatedResult } from './use-repeated-result.ts'

interface CellTileProps {
  tile: Extract<Tile, { kind: 'cell' }>
  isEdited: boolean
  ages: TileAges
  menu: ReactNode
  onRemove: (id: string) => void
}

/** A cell of a notebook, kept current. */
export function CellTile({ tile, isEdited, ages, menu, onRemove }: CellTileProps) {
  const found = useNotebookCell(tile.notebook, tile.cell)
  const statement = useTileStatement(found)
  if (found.state === 'found' && statement !== null && 'sql' in statement) {
    const OwnTile = cellEngine(found.cell) === 'spark' ? SparkTile : LiveTile
    return <OwnTile {...{ tile, isEdited, ages, menu }} cell={found.cell} sql={statement.sql} />
  }
  return <EmptyTile {...{ tile, isEdited, ages, menu, onRemove, found, statement }} />
}

interface EmptyTileProps extends CellTileProps {
  found: FoundCell
  statement: TileStatement | null
}

/** A tile whose cell is still to come, is not there, or cannot be run for it. */
function EmptyTile(props: EmptyTileProps) {
  const { tile, isEdited, ages, menu, onRemove, found, statement } = props
  useTileAge(ages, tile.id, found.state === 'loading' ? awaited : missing)
  return (
    <>
      <TileHead {...{ tile, isEdited, menu }} />
      {statement !== null && 'refused' in statement && (
        <p className={styles.problem} role="alert">
          {statement.refused}
        </p>
      )}
      {found.state === 'absent' && (
        <div className={styles.absent}>
          <p>{found.reason}</p>
          <Button onClick={() => onRemove(tile.id)}>Remove the tile</Button>
        </div>
      )}
    </>
  )
}

function useTileAge(ages: TileAges, id: string, age: TileAge | null): void {
  useEffect(() => {
    ages.set(id, age)
    return () => ages.set(id, null)
  }, [ages, id, age])
}

function useTileStatement(found: FoundCell): TileStatement | null {
  const { catalog } = useStore(useCatalogStore().view)
  return useMemo(() => {
    if (found.state !== 'found') return null
    const known = catalog ? SqlCatalog.of(catalog) : emptyCatalog
    return tileStatement(found.cell, found.notebook.cells, known)
  }, [found, catalog])
}

type FoundCellProps = Omit<CellTileProps, 'onRemove'> & { cell: SqlCell; sql: string }

function LiveTile(props: FoundCellProps) {
  return <ResultTile {...props} shown={useLiveResult(props.sql)} isLive />
}

function SparkTile(props: FoundCellProps) {
  return <ResultTile {...props} shown={useRepeatedResult(props.sql)} isLive={false} />
}

function ResultTile({
  tile,
  isEdited,
  ages,
  menu,
  cell,
  shown,
  isLive,
}: FoundCellProps & { shown: TileResult; isLive: boolean }) {
  const { age, result, problem, isLost } = shown
  useTileAge(
    ages,
    tile.id,
    useMemo(() => tileAge(shown, isLive), [shown, isLive]),
  )
  return (
    <>
      <TileHead {...{ tile, isEdited, menu }}>
        {isLost ? (
          <Pill tone="failed">reconnecting</Pill>
        ) : (
          age && <AgePill age={age} isLive={isLive} />
        )}
      </TileHead>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem.detail}
        </p>
      )}
      <div className={classes(styles.content, styles[tile.view])}>
        {result && !problem && <TileContent tile={tile} cell={cell} result={result} />}
        {!result && !problem && !isLive && <p className={styles.nothing}>Running on Spark …</p>}
      </div>
    </>
  )
}

function TileHead({
  tile,
  isEdited,
  menu,
  children,
}: Pick<CellTileProps, 'tile' | 'isEdited' | 'menu'> & { children?: ReactNode }) {
  return (
    <header className={classes(styles.handle, dragHandleClass)}>
      <TileTitle {...{ tile, isEdited }} />
      <span className={styles.space} />
      {children}
      {menu}
    </header>
  )
}

function TileContent({
  tile,
  cell,
  result,
}: {
  tile: CellTileProps['tile']
  cell: SqlCell
  result: Result
}) {
  const title = tile.title ?? tile.cell
  const chart = useChart(cellSpec(cell), result)
  if (tile.view === 'number' || (tile.view === 'chart' && chart.is === 'number')) {
    return <NumberView result={result} isLabelled={false} color={1 + ((tile.place.x / 3) % 4)} />
  }
  if (tile.view === 'table')
    return <ResultGrid result={result} label={title} height="fill" isCompact />
  const spec = chart.is === 'broken' ? chart.before : chart.is === 'chart' && chart.spec
  if (spec) return <ChartView spec={spec} result={result} label={title} />
  const reason =
    chart.is === 'broken'
      ? `The spec is not JSON: ${chart.error.message}`
      : chart.is === 'nothing'
        ? chart.reason
        : ''
  return <p className={styles.nothing}>{reason}</p>
}
