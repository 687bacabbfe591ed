import type { Axis, Spec } from 'vega'

/** Labels of a time axis by the step they mark, with hours from 0 to 23. */
const timeLabels = {
  year: '%Y',
  quarter: '%b %Y',
  month: '%b %Y',
  week: '%b %d',
  date: '%b %d',
  hours: '%H:%M',
  minutes: '%H:%M',
  seconds: '%H:%M:%S',
  milliseconds: '.%L',
}
/** Room for a label and the space beside it, also where there are half as many steps again as were asked for. */
const labelRoomPx = 90

/**
 * Gives the axes of a compiled chart that show time labels in 24 hours where they have no format of their own, and no more
 * steps than have room for their labels: of labels that overlap those would go that say the day.
 */
export function timeAxisFormat(spec: Spec): Spec {
  const scales = new Map((spec.scales ?? []).map(scale => [scale.name, scale.type]))
  const axes = (spec.axes ?? []).map(axis => {
    const type = scales.get(axis.scale)
    return type === 'utc' || type === 'time' ? timeAxis(axis) : axis
  })
  return { ...spec, axes } as Spec
}

function timeAxis(axis: Axis): Axis {
  const isFree = axis.format === undefined && axis.encode?.labels?.update?.text === undefined
  return { ...axis, ...(isFree ? { format: timeLabels } : {}), ...roomyTicks(axis) } as Axis
}

/** Vega-Lite asks for a tick every 40 pixels, whatever the labels are. */
function roomyTicks({ tickCount }: Axis): Partial<Axis> {
  if (typeof tickCount !== 'object' || !('signal' in tickCount)) return {}
  const [, width] = /^ceil\((\w*width)\/40\)$/.exec(tickCount.signal) ?? []
  return width === undefined ? {} : { tickCount: { signal: `ceil(${width}/${labelRoomPx})` } }
}
