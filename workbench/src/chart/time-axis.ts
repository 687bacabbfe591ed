import type { Spec } from 'vega'

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

/** Gives the axes of a compiled chart that show time, and have no format of their own, labels in 24 hours. */
export function timeAxisFormat(spec: Spec): Spec {
  const scales = new Map((spec.scales ?? []).map(scale => [scale.name, scale.type]))
  const axes = (spec.axes ?? []).map(axis => {
    const type = scales.get(axis.scale)
    const isTime = type === 'utc' || type === 'time'
    const isFree = axis.format === undefined && axis.encode?.labels?.update?.text === undefined
    return isTime && isFree ? { ...axis, format: timeLabels } : axis
  })
  return { ...spec, axes } as Spec
}
