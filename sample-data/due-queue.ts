/** Items in the order of their times: a binary heap. */
export class DueQueue<T> {
  readonly #times: number[] = []
  readonly #items: T[] = []

  /** Infinity when it is empty. */
  get firstTime(): number {
    return this.#times[0] ?? Infinity
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  add(time: number, item: T): void {
    let hole = this.#times.length
    this.#times.push(time)
    this.#items.push(item)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if ((this.#times[parent] as number) <= time) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#put(hole, time, item)
  }

  removeFirst(): void {
    const time = this.#times.pop()
    const item = this.#items.pop()
    if (time !== undefined && this.#times.length > 0) this.replaceFirst(time, item as T)
  }

  /** The same as `removeFirst` and `add`, in one pass. */
  replaceFirst(time: number, item: T): void {
    const count = this.#times.length
    let hole = 0
    for (let child = 1; child < count; child = 2 * hole + 1) {
      const right = child + 1
      if (right < count && (this.#times[right] as number) < (this.#times[child] as number)) {
        child = right
      }
      if ((this.#times[child] as number) >= time) break
      this.#move(child, hole)
      hole = child
    }
    this.#put(hole, time, item)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] as number, this.#items[from] as T)
  }

  #put(at: number, time: number, item: T): void {
    this.#times[at] = time
    this.#items[at] = item
  }
}
