import { Failure } from '../../base/failure.ts'
import type { Lake } from '../../lake/lake.ts'
import { sizeText } from '../size-text.ts'

/** Files of a stream's history that a statement needs. */
export interface WantedFiles {
  readonly stream: string
  readonly paths: readonly string[]
  /** Of all of them. */
  readonly bytes: number
}

/**
 * Brings files of the lake to this machine for `user`.
 * @param onHere called with how many of them are here, each time that another one is
 * @returns a function that lets them go
 * @throws Failure `lake-cache-full` when they are more than may lie here
 */
export async function bringFiles(
  lake: Lake,
  user: string,
  { stream, paths, bytes }: WantedFiles,
  onHere: (count: number) => void = () => {},
): Promise<() => void> {
  if (bytes > lake.localBytesMax) throw tooMuchHistory(stream, bytes, lake.localBytesMax)
  const letGo = (): void => void lake.localFiles(user, []).catch(() => {})
  let count = 0
  try {
    await lake.localFiles(user, paths, { bytes, onHere: () => onHere(++count) })
  } catch (error) {
    letGo()
    throw error
  }
  return letGo
}

/** The first of the files, up to `bytesMax`, but one at least. */
export function firstFiles(
  files: readonly { readonly path: string; readonly bytes: number }[],
  bytesMax: number,
): Pick<WantedFiles, 'paths' | 'bytes'> {
  const paths: string[] = []
  let sum = 0
  for (const { path, bytes } of files) {
    if (paths.length > 0 && sum + bytes > bytesMax) break
    paths.push(path)
    sum += bytes
  }
  return { paths, bytes: sum }
}

function tooMuchHistory(stream: string, bytes: number, bytesMax: number): Failure {
  return new Failure(
    'lake-cache-full',
    `The statement needs ${sizeText(bytes)} of the history of ${stream}, and ${sizeText(bytesMax)} of it may lie on this machine.`,
    { hint: 'Filter by time, run it on Spark, or set MILLRACE_LAKE_CACHE_GB higher.' },
  )
}
