/** A value that can be watched. */
export interface Readable<T> {
  get(): T
  /** Calls the listener after each change; the returned function ends that. */
  subscribe(listener: () => void): () => void
}

/** A watched value that its owner sets. */
export class Store<T> implements Readable<T> {
  private value: T
  private readonly listeners = new Set<() => void>()

  constructor(value: T) {
    this.value = value
  }

  readonly get = (): T => this.value

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return
    this.value = value
    for (const listener of [...this.listeners]) listener()
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value))
  }
}
