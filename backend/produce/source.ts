/** One value of a source, with where the source goes on after it. */
export interface SourceValue {
  /** What is sent: one JSON object, or a row as it stands when it is none; undefined when it cannot be sent. */
  readonly value: string | undefined
  /** The place after it: bytes of the unpacked file, or how many values came by then. */
  readonly end: number
  /** Its last line, or its number. */
  readonly line: number
  /** Why it will be a dead letter, when that is known here. */
  readonly trouble: string | undefined
}

/** Where a source is taken up again. */
export interface Place {
  readonly end: number
  readonly line: number
}

/** Values to produce, in an order that is always the same. */
export interface Source {
  /** Names the source: what is kept of a run goes by it. */
  readonly identity: string
  /** Whether it can be taken up again in the middle. */
  readonly isResumable: boolean
  /** How many bytes or values there are, and how far `end` goes; undefined when nobody knows. */
  readonly total: number | undefined
  readonly unit: 'bytes' | 'events'
  values(from: Place): AsyncIterable<SourceValue>
}
