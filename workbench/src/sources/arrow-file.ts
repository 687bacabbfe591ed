import { tableFromIPC, tableToIPC } from '@uwdata/flechette'
import type { Bytes } from '../result/result.ts'

const magic = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]

/** An Arrow file as the stream that engines take; a stream stays as it is. */
export function arrowStream(bytes: Bytes): Bytes {
  if (!magic.every((byte, i) => bytes[i] === byte)) return bytes
  const stream = tableToIPC(tableFromIPC(bytes), { format: 'stream' })
  return new Uint8Array(stream ?? [])
}
