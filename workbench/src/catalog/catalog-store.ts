import type { Catalog } from '../../../backend/contract/catalog.ts'
import type { Problem } from '../../../backend/contract/problem.ts'
import type { HttpClient } from '../api-client/http-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { Store } from '../base/store.ts'

export interface CatalogView {
  /** Null until the server has answered once. */
  readonly catalog: Catalog | null
  readonly problem: Problem | null
}

/** The tables, functions and keywords of the server, as it last told them. */
export class CatalogStore {
  readonly view = new Store<CatalogView>({ catalog: null, problem: null })
  private readonly http: HttpClient

  constructor(http: HttpClient) {
    this.http = http
  }

  async refresh(): Promise<void> {
    try {
      const catalog = await this.http.json<Catalog>('/api/catalog')
      this.view.set({ catalog, problem: null })
    } catch (error) {
      this.view.update(view => ({ ...view, problem: problemOf(error) }))
    }
  }
}
