import type { SessionIds } from './session-ids.ts'
import type { ShopRecord } from './shop-record.ts'
import type { EventType, Visit } from './visit.ts'

const slabBytes = 1 << 20
/** More than any event takes. */
const eventBytesMax = 1 << 10
const minuteMs = 60_000
const zero = 0x30

const beforeSession = Buffer.from(',"user_session":"')
const end = Buffer.from('"}')
const typeColumns: Readonly<Record<EventType, Buffer>> = {
  view: Buffer.from('Z","event_type":"view",'),
  cart: Buffer.from('Z","event_type":"cart",'),
  purchase: Buffer.from('Z","event_type":"purchase",'),
}

/** Writes events as JSON, one after the other, into large buffers; records are views of these. */
export class EventWriter {
  readonly #sessionIds: SessionIds
  #slab = Buffer.alloc(0)
  #at = 0
  #records: ShopRecord[] = []
  #minute = Number.NaN
  #minuteText = Buffer.alloc(0)

  constructor(sessionIds: SessionIds) {
    this.#sessionIds = sessionIds
  }

  add(time: number, { product, eventType, userKey, session }: Visit): void {
    if (this.#slab.length - this.#at < eventBytesMax) this.#newSlab()
    const start = this.#at
    this.#writeTime(time)
    this.#write(typeColumns[eventType])
    this.#write(product.eventColumns)
    this.#writeAscii(userKey)
    this.#write(beforeSession)
    this.#at = this.#sessionIds.write(session, this.#slab, this.#at)
    this.#write(end)
    this.#records.push({ key: userKey, value: this.#slab.subarray(start, this.#at) })
  }

  /** The records since the last call. */
  take(): readonly ShopRecord[] {
    const records = this.#records
    this.#records = []
    return records
  }

  #newSlab(): void {
    this.#slab = Buffer.allocUnsafe(slabBytes)
    this.#at = 0
  }

  #writeTime(time: number): void {
    const minute = Math.floor(time / minuteMs)
    if (minute !== this.#minute) {
      this.#minute = minute
      const text = new Date(minute * minuteMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:'.length)
      this.#minuteText = Buffer.from(`{"event_time":"${text}`)
    }
    this.#write(this.#minuteText)
    const millis = Math.floor(time) - minute * minuteMs
    this.#writeDigits(Math.floor(millis / 1000), 2)
    this.#slab[this.#at++] = 0x2e
    this.#writeDigits(millis % 1000, 3)
  }

  #writeDigits(number: number, digitCount: number): void {
    let rest = number
    for (let at = this.#at + digitCount - 1; at >= this.#at; at--) {
      this.#slab[at] = zero + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    this.#at += digitCount
  }

  #write(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #writeAscii(text: string): void {
    for (let n = 0; n < text.length; n++) this.#slab[this.#at++] = text.charCodeAt(n)
  }
}
