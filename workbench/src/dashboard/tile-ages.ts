import { Store } from '../base/store.ts'
import type { DataAge } from '../cell/data-age.ts'

/** How old the data of each tile is. */
export class TileAges {
  readonly ages = new Store<ReadonlyMap<string, DataAge>>(new Map())

  set(id: string, age: DataAge | null): void {
    this.ages.update(ages => {
      const next = new Map(ages)
      if (age) next.set(id, age)
      else next.delete(id)
      return next
    })
  }
}
