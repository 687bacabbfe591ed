import type { PartitionCount, VerificationReport } from '../contract/verification.ts'

/** A report as a command prints it: what was read, the identity of each partition, and the findings. */
export function reportText(report: VerificationReport): string {
  const { partitions, findings } = report
  const rows = [titles, ...partitions.map(cellsOf)]
  const setAside = partitions.reduce((sum, part) => sum + part.setAside, 0)
  const rest = setAside > 0 ? `, ${setAside.toLocaleString('en')} of them as set aside` : ''
  const verdict =
    findings.length === 0
      ? `Every offset is accounted for, once${rest}, and all is as it was written.`
      : [counted(findings.length, 'finding'), ...findings.map(findingText)].join('\n')
  return [readText(report), '', alignedText(rows), '', verdict, ''].join('\n')
}

const titles = [
  'partition',
  'offsets',
  'rows',
  'dead letters',
  'duplicates',
  'set aside',
  'tail',
  'log',
  'adds up',
]

function cellsOf(part: PartitionCount): string[] {
  const { startOffset, endOffset } = part
  const numbers = [part.rows, part.deadLetters, part.duplicates, part.setAside, part.tail]
  return [
    String(part.partition),
    rangeText({ startOffset, endOffset }),
    ...numbers.map(value => value.toLocaleString('en')),
    rangeText(part.log),
    part.addsUp ? 'yes' : 'NO',
  ]
}

function readText({ stream, version, files, commits, logOffsets }: VerificationReport): string {
  const unsealed = files.unsealed + commits.unsealed
  const without =
    unsealed === 0
      ? ''
      : ` ${unsealed} of them were written before there were checksums, and have none.`
  const read = [
    counted(files.checked, 'file'),
    counted(commits.checked, 'commit'),
    `${counted(logOffsets, 'offset')} of the log`,
  ]
  return `${stream}, version ${version}: read ${read.join(', ')}.${without}`
}

function findingText({ kind, detail }: VerificationReport['findings'][number]): string {
  return `  ${kind}: ${detail}`
}

function rangeText({ startOffset, endOffset }: { startOffset: number; endOffset: number }): string {
  return endOffset > startOffset ? `${startOffset} to ${endOffset - 1}` : 'none'
}

function alignedText(rows: readonly (readonly string[])[]): string {
  const widths = titles.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n')
}

function counted(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`
}
