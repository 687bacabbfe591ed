import { Play, Radio, Square } from 'lucide-react'
import {
  type CellEngine,
  cellEngine,
  isKeptLive,
  type SqlCell,
} from '../../../backend/contract/notebook-format.ts'
import { useStore } from '../base/use-store.ts'
import { useCatalogStore } from '../catalog/catalog-context.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Hint } from '../ui/hint.tsx'
import { Keys } from '../ui/keys.tsx'
import { MenuItem, MenuLine } from '../ui/menu.tsx'
import { useNow } from '../ui/now.ts'
import { Pill } from '../ui/pill.tsx'
import { AgePill } from './age-pill.tsx'
import styles from './cell.module.css'
import { CellMenu } from './cell-menu.tsx'
import { CellName } from './cell-name.tsx'
import type { CellViewProps } from './cell-view-props.ts'
import { type CellRun, isBusy, type RunPhase } from './run-state.ts'

interface CellHeaderProps extends CellViewProps {
  cell: SqlCell
  state: CellRun
  isStale: boolean
  onPin: () => void
}

/** A cell's name, how its result stands, and what can be done. */
export function CellHeader(props: CellHeaderProps) {
  const { session, id, state, isStale, run, onPin } = props
  const runner = session.runner(id)
  const isLive = state.live !== 'off'
  return (
    <header className={styles.header}>
      <CellName {...props} />
      {state.live === 'lost' ? (
        <Pill tone="failed">reconnecting</Pill>
      ) : (
        state.shown?.age && <AgePill age={state.shown.age} isLive={isLive} />
      )}
      {state.shown?.engine && <EnginePill shown={state.shown} />}
      <RunState state={state} />
      {isStale && (
        <Hint text="The statement, or that of a cell which it reads, was changed since it ran">
          <Pill tone="stale">changed</Pill>
        </Hint>
      )}
      <span className={styles.space} />
      <IconButton
        label={liveLabel(isLive, cellEngine(props.cell))}
        disabled={!isKeptLive(cellEngine(props.cell))}
        shortcut="L"
        aria-pressed={isLive}
        className={isLive ? styles.live : undefined}
        icon={<Radio size={15} />}
        onClick={() => run('toggle-live', id)}
      />
      {isBusy(state) && !isLive ? (
        <Button icon={<Square size={12} />} onClick={() => void runner.cancel()}>
          {state.phase.is === 'cancelling' ? 'Cancelling …' : 'Cancel'}
        </Button>
      ) : (
        <Button
          look={props.isSelected ? 'primary' : 'plain'}
          icon={<Play size={12} />}
          onClick={() => run('run', id)}
        >
          Run {props.isSelected && <Keys keys="Mod+Enter" />}
        </Button>
      )}
      <CellMenu {...props}>
        <MenuItem shortcut="P" onSelect={onPin}>
          Pin to a dashboard
        </MenuItem>
        <EngineItems {...props} />
        <MenuItem onSelect={() => toggleFold(props)}>Fold or unfold the statement</MenuItem>
        <MenuLine />
      </CellMenu>
    </header>
  )
}

function toggleFold({ session, id, cell }: CellHeaderProps): void {
  const isFolded = /\bfolded\b/.test(cell.fence.info)
  session.apply({ type: 'attribute-set', id, key: 'folded', value: isFolded ? null : true })
}

function liveLabel(isLive: boolean, engine: CellEngine): string {
  if (engine === 'spark') return 'What runs on Spark is not kept live'
  if (engine === 'browser') return 'What runs in the browser follows the cells that it reads'
  return isLive ? 'Live: runs again when events arrive' : 'Keep the result live'
}

const engineItems = [
  { engine: 'browser', label: 'Run in the browser' },
  { engine: 'server', label: 'Run on the server' },
  { engine: 'spark', label: 'Run on Spark' },
] as const

/** Where else the cell can run; Spark is not there where there is none. */
function EngineItems({ session, id, cell }: CellHeaderProps) {
  const { catalog } = useStore(useCatalogStore().view)
  const chosen = cellEngine(cell)
  const isThere = (engine: CellEngine): boolean =>
    engine !== chosen && (engine !== 'spark' || catalog?.engines.includes('spark') === true)
  return (
    <>
      {chosen !== 'auto' && (
        <MenuItem onSelect={() => session.setEngine(id, 'auto')}>
          Let Millrace choose where it runs
        </MenuItem>
      )}
      {engineItems
        .filter(({ engine }) => isThere(engine))
        .map(({ engine, label }) => (
          <MenuItem key={engine} onSelect={() => session.setEngine(id, engine)}>
            {label}
          </MenuItem>
        ))}
    </>
  )
}

function EnginePill({ shown }: { shown: NonNullable<CellRun['shown']> }) {
  const time =
    shown.elapsedMs < 1000
      ? `${Math.round(shown.elapsedMs)} ms`
      : `${(shown.elapsedMs / 1000).toFixed(1)} s`
  return (
    <Hint text={shown.reason || 'Where the statement ran, and how long it took'}>
      <Pill tone={shown.engine}>
        {shown.engine} · {time}
      </Pill>
    </Hint>
  )
}

/** What goes on now, when it takes long enough to be told. */
function RunState({ state }: { state: CellRun }) {
  const { phase } = state
  if (phase.is === 'queued') return <Pill tone="plain">queued</Pill>
  if (phase.is !== 'running') return null
  return <Running phase={phase} />
}

const toldAfterMs = 300

type RunningPhase = Extract<RunPhase, { is: 'running' }>

function Running({ phase }: { phase: RunningPhase }) {
  const elapsed = useNow('fast') - phase.startedAt
  if (elapsed < toldAfterMs) return null
  return (
    <Pill tone="plain" dot="beating">
      running {(elapsed / 1000).toFixed(1)} s{stepText(phase)}
    </Pill>
  )
}

/** Such as ` · 40 %`, when the engine can say it. */
function stepText({ progress, fetching }: RunningPhase): string {
  if (fetching) return ` · fetching files: ${fetching.files} of ${fetching.filesTotal}`
  return progress === null ? '' : ` · ${Math.round(progress * 100)} %`
}
