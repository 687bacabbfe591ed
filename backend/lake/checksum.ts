import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** The tag of a file in a Delta log that holds the SHA-256 of its bytes, as hex. */
export const checksumTag = 'millrace.sha256'

/** The SHA-256 of a file on this machine, as hex. */
export async function fileChecksum(localFile: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(localFile, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

const unsealed = '{"commitInfo":{'
const emptySeal = `${unsealed}"sha256":""`
const seal = /^\{"commitInfo":\{"sha256":"([0-9a-f]{64})"/

/**
 * The text of a commit with a checksum of all of it: the first member of its `commitInfo`, counted as if it were empty.
 * So the newest commit needs no later one to vouch for it.
 * @param text begins with its `commitInfo`, which has members
 */
export function sealCommit(text: string): string {
  const open = `${emptySeal},${text.slice(unsealed.length)}`
  return open.replace('""', `"${textChecksum(open)}"`)
}

/** Whether a commit is as it was written; `unsealed` when it was written without a checksum. */
export function sealOf(text: string): 'intact' | 'damaged' | 'unsealed' {
  const [found, checksum] = seal.exec(text) ?? []
  if (found === undefined) return 'unsealed'
  return textChecksum(emptySeal + text.slice(found.length)) === checksum ? 'intact' : 'damaged'
}

function textChecksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
