import type { LiveMessage } from '../../../backend/contract/live.ts'

/** A message of the live connection; a result comes with the messages of Arrow that are new in it. */
export interface LiveFrame {
  readonly message: LiveMessage
  readonly bytes: Uint8Array<ArrayBuffer> | null
}

/** Reads what came over the WebSocket; null when it is nothing that this page knows. */
export function readFrame(data: unknown): LiveFrame | null {
  try {
    if (typeof data === 'string') return { message: JSON.parse(data) as LiveMessage, bytes: null }
    if (!(data instanceof ArrayBuffer)) return null
    const length = new DataView(data).getUint32(0, true)
    const header = new TextDecoder().decode(new Uint8Array(data, 4, length))
    return { message: JSON.parse(header) as LiveMessage, bytes: new Uint8Array(data, 4 + length) }
  } catch {
    return null
  }
}
