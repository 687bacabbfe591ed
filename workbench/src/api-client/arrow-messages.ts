/** One message of an Arrow IPC stream, with its length prefix. */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch' | 'other'
  readonly bytes: Uint8Array<ArrayBuffer>
}

const kinds: Record<number, ArrowMessage['kind']> = { 1: 'schema', 2: 'dictionary', 3: 'batch' }
const continuation = 0xffffffff

/** Cuts the bytes of an Arrow IPC stream, in whatever pieces they come, into its messages. */
export class ArrowMessageSplitter {
  private chunks: Uint8Array[] = []
  private length = 0
  private needed = 8

  push(chunk: Uint8Array): ArrowMessage[] {
    this.chunks.push(chunk)
    this.length += chunk.length
    const messages: ArrowMessage[] = []
    while (this.length >= this.needed) {
      const bytes = this.join()
      const end = messageEnd(bytes)
      if (end === null) this.needed = headEnd(bytes)
      else if (bytes.length < end) this.needed = end
      else {
        // A copy of its own keeps the body aligned, and does not keep its neighbours in memory.
        const message = new Uint8Array(bytes.subarray(0, end))
        if (end > 8) messages.push({ kind: messageKind(message), bytes: message })
        this.keep(bytes.subarray(end))
      }
    }
    return messages
  }

  private join(): Uint8Array {
    const [only] = this.chunks
    if (this.chunks.length === 1 && only) return only
    const joined = new Uint8Array(this.length)
    let offset = 0
    for (const chunk of this.chunks) {
      joined.set(chunk, offset)
      offset += chunk.length
    }
    this.chunks = [joined]
    return joined
  }

  private keep(rest: Uint8Array): void {
    this.chunks = [rest]
    this.length = rest.length
    this.needed = 8
  }
}

/** Bytes of the prefix and the metadata. */
function headEnd(bytes: Uint8Array): number {
  const view = viewOf(bytes)
  if (view.getUint32(0, true) !== continuation) throw new Error('This is not an Arrow IPC stream')
  return 8 + view.getUint32(4, true)
}

/** Where the message ends; null when its metadata is not there yet. */
function messageEnd(bytes: Uint8Array): number | null {
  const head = headEnd(bytes)
  if (head === 8) return 8
  if (bytes.length < head) return null
  const body = tableField(viewOf(bytes), 3)
  return head + (body === null ? 0 : Number(viewOf(bytes).getBigInt64(body, true)))
}

/** How many rows a message of the kind `batch` holds. */
export function batchRows({ bytes }: ArrowMessage): number {
  const view = viewOf(bytes)
  const header = tableField(view, 2)
  if (header === null) return 0
  const length = fieldOf(view, header + view.getUint32(header, true), 0)
  return length === null ? 0 : Number(view.getBigInt64(length, true))
}

function messageKind(bytes: Uint8Array): ArrowMessage['kind'] {
  const field = tableField(viewOf(bytes), 1)
  return (field === null ? undefined : kinds[bytes[field] ?? 0]) ?? 'other'
}

/** Where a field of the metadata's root table (a flatbuffer, after the prefix of 8 bytes) stands. */
function tableField(view: DataView, index: number): number | null {
  return fieldOf(view, 8 + view.getUint32(8, true), index)
}

function fieldOf(view: DataView, table: number, index: number): number | null {
  const vtable = table - view.getInt32(table, true)
  const slot = 4 + index * 2
  if (slot >= view.getUint16(vtable, true)) return null
  const offset = view.getUint16(vtable + slot, true)
  return offset === 0 ? null : table + offset
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
