import type { Result } from '../result/result.ts'
import styles from './chart-controls.module.css'
import type { ChartSpec } from './chart-spec.ts'
import {
  type Aggregate,
  aggregateIn,
  aggregates,
  type Channel,
  channels,
  columnIn,
  isSimple,
  type Mark,
  markOf,
  marks,
  withAggregate,
  withColumn,
  withMark,
} from './edit-chart.ts'

interface ChartControlsProps {
  spec: ChartSpec
  result: Result
  onChange: (spec: ChartSpec) => void
}

const channelNames: Record<Channel, string> = { x: 'Across', y: 'Up', color: 'Colour' }

/** What a chart shows and how, by choosing. */
export function ChartControls({ spec, result, onChange }: ChartControlsProps) {
  if (!isSimple(spec)) {
    return <p className={styles.note}>This chart has several parts: edit its spec.</p>
  }
  const mark = markOf(spec)
  return (
    <div className={styles.controls}>
      <label className={styles.row}>
        Mark
        <select
          value={mark}
          onChange={event => onChange(withMark(spec, event.target.value as Mark))}
        >
          {!marks.includes(mark as Mark) && <option value={mark}>{mark || 'none'}</option>}
          {marks.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      {channels.map(channel => (
        <ChannelControl key={channel} {...{ channel, spec, result, onChange }} />
      ))}
    </div>
  )
}

function ChannelControl({
  channel,
  spec,
  result,
  onChange,
}: ChartControlsProps & { channel: Channel }) {
  const name = columnIn(spec, channel) ?? ''
  const aggregate = aggregateIn(spec, channel)
  const choose = (chosen: string): void => {
    const column = result.columns.find(each => each.name === chosen) ?? null
    onChange(withColumn(spec, channel, column))
  }
  return (
    <div className={styles.row}>
      <label className={styles.channel}>
        {channelNames[channel]}
        <select value={name} onChange={event => choose(event.target.value)}>
          <option value="">nothing</option>
          {name !== '' && !result.columns.some(each => each.name === name) && (
            <option>{name}</option>
          )}
          {result.columns.map(column => (
            <option key={column.index}>{column.name}</option>
          ))}
        </select>
      </label>
      {channel === 'y' && (
        <select
          aria-label="Aggregate"
          value={aggregate}
          onChange={event =>
            onChange(withAggregate(spec, channel, event.target.value as Aggregate))
          }
        >
          {!aggregates.includes(aggregate as Aggregate) && <option>{aggregate}</option>}
          {aggregates.map(each => (
            <option key={each} value={each}>
              {each === 'none' ? 'as it is' : each}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
