import { HttpDocumentClient } from '../api-client/document-client.ts'
import { HttpClient } from '../api-client/http-client.ts'
import { LiveConnection } from '../api-client/live-connection.ts'
import { HttpQueryClient } from '../api-client/query-client.ts'
import { HttpVerificationClient } from '../api-client/verification-client.ts'
import { webSocketTo } from '../api-client/web-socket.ts'
import { systemClock } from '../base/clock.ts'
import { CatalogStore } from '../catalog/catalog-store.ts'
import { RunSlots } from '../cell/run-slots.ts'
import { DashboardSessions } from '../dashboard/dashboard-sessions.ts'
import { Documents } from '../document/document-list.ts'
import { StoredDrafts } from '../document/drafts.ts'
import { BrowserEngine } from '../engine/browser-engine.ts'
import { FetchedTables } from '../notebook/fetched-tables.ts'
import { NotebookSessions } from '../notebook/notebook-sessions.ts'
import { StoredFiles } from '../sources/file-store.ts'
import { ThemeSwitch } from '../ui/theme.ts'
import { Toasts } from '../ui/toasts.ts'
import { openPages } from './open-pages.ts'

/** All parts of the page that outlive what is shown. */
export type Page = ReturnType<typeof buildPage>

/** A browser opens six connections to a server: one is kept for cancels and saves. */
const runsMax = 4
const lookEveryMs = 15_000

export function buildPage() {
  const clock = systemClock
  const http = new HttpClient((input, init) => fetch(input, init))
  const queries = new HttpQueryClient(http)
  const live = new LiveConnection({ open: webSocketTo('/api/live'), clock })
  const client = new HttpDocumentClient(http)
  const pages = openPages()
  const drafts = new StoredDrafts({ storage: localStorage, page: pages.own, livePages: pages.live })
  const files = new StoredFiles()
  const documents = new Documents(client, files)
  const catalog = new CatalogStore(http)
  const slots = new RunSlots(runsMax)
  const documentParts = { client, drafts, clock }
  const catalogChanged = (): void => void catalog.refresh()
  const engine = new BrowserEngine({
    open: async () => (await import('../engine/duckdb-wasm.ts')).openDuckDb(),
    clock,
  })
  const fetched = new FetchedTables({ queries, clock, slots })
  const runnerParts = { queries, live, slots, engine, fetched, catalog, catalogChanged }
  const notebooks = new NotebookSessions({ ...documentParts, ...runnerParts, files })
  const dashboards = new DashboardSessions(documentParts)
  const refresh = (): void => {
    void documents.refresh()
    void catalog.refresh()
    notebooks.retry()
    dashboards.retry()
  }
  live.start()
  refresh()
  live.link.subscribe(() => live.link.get() === 'open' && refresh())
  setInterval(() => !document.hidden && refresh(), lookEveryMs)
  addEventListener('focus', refresh)
  addEventListener('pagehide', () => {
    void notebooks.saveAll()
    void dashboards.saveAll()
  })
  return {
    queries,
    live,
    verifications: new HttpVerificationClient(http),
    client,
    documents,
    catalog,
    notebooks,
    dashboards,
    themes: new ThemeSwitch(),
    toasts: new Toasts(),
  }
}
