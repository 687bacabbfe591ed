import type { StreamScan } from './query-engine.ts'
import { sizeText } from './size-text.ts'

export interface PlacementLimits {
  /** Bytes that a statement may read on the server before it goes to Spark by itself. */
  readonly serverBytesMax: number
  /** Bytes of the lake's files that may lie on the server. */
  readonly localBytesMax: number
}

export interface Placement {
  readonly engine: 'server' | 'spark'
  /** Why, in plain words. */
  readonly reason: string
}

/** Chooses where a statement runs that reads so much, where there is a choice. */
export function placeScans(scans: readonly StreamScan[], limits: PlacementLimits): Placement {
  const { serverBytesMax, localBytesMax } = limits
  const fetched = sum(scans.filter(({ isHere }) => !isHere).map(({ fileBytes }) => fileBytes))
  const cost = sum(scans.map(({ isHere, bytes, fileBytes }) => (isHere ? bytes : fileBytes)))
  if (fetched > localBytesMax) {
    const reason = `It reads ${readText(scans)}, and ${sizeText(localBytesMax)} of files may lie on the server.`
    return { engine: 'spark', reason }
  }
  if (cost > serverBytesMax) {
    const reason = `It reads ${readText(scans)}: more than the ${sizeText(serverBytesMax)} that the server reads by itself.`
    return { engine: 'spark', reason }
  }
  return { engine: 'server', reason: serverReason(scans) }
}

/** Why a statement runs on the server. */
export function serverReason(scans: readonly StreamScan[]): string {
  if (scans.every(({ files }) => files === 0)) return 'It reads none of the files of the lake.'
  const fetched = scans.filter(({ isHere }) => !isHere)
  const here =
    fetched.length === 0 ? 'which are here' : `${sizeText(fileBytes(fetched))} to have here`
  return `It reads ${readText(scans)}, ${here}.`
}

/** Such as `about 14 MB in 4 of 31 files of events`; of a `count(*)` only what the files say of themselves is read. */
function readText(scans: readonly StreamScan[]): string {
  const read = scans.filter(({ files }) => files > 0)
  const files = read.map(({ stream, files: count, filesOfAll }) => {
    const [some, all] = [count.toLocaleString('en'), filesOfAll.toLocaleString('en')]
    return `${some === all ? `all ${all}` : `${some} of ${all}`} files of ${stream}`
  })
  const bytes = sum(read.map(scan => scan.bytes))
  const amount = bytes === 0 ? 'the row counts' : `about ${sizeText(bytes)}`
  return `${amount} in ${files.join(' and ')}`
}

function fileBytes(scans: readonly StreamScan[]): number {
  return sum(scans.map(scan => scan.fileBytes))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
