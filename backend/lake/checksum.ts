import { createHash } from 'node:crypto'
import { type Files, nodeFiles } from '../base/files.ts'

/** The tag of a file in a Delta log that holds the SHA-256 of its bytes, as hex. */
export const checksumTag = 'millrace.sha256'

const blockBytes = 1 << 20

/** The SHA-256 of a file on this machine, as hex. */
export async function fileChecksum(localFile: string, files: Files = nodeFiles): Promise<string> {
  const hash = createHash('sha256')
  const block = Buffer.alloc(blockBytes)
  const handle = await files.open(localFile, 'r')
  try {
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read(block, 0, blockBytes, at)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(block.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await handle.close()
  }
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
