import type { ManualClock } from '../base/manual-clock.ts'
import { settle } from '../base/manual-clock.ts'
import { Store } from '../base/store.ts'
import { HandLive, HeldQueries } from '../cell/held-queries.ts'
import { RunSlots } from '../cell/run-slots.ts'
import { MemoryDocuments, MemoryDrafts } from '../document/memory-documents.ts'
import { OpenDocument } from '../document/open-document.ts'
import { NotebookSession, type SessionParts } from './notebook-session.ts'
import type { CellId } from './notebook-state.ts'

/** A notebook `shop` for tests, in view, on a server whose statements answer when the test says so. */
export async function shownSession(
  text: string,
  clock: ManualClock,
  tables: readonly string[] = [],
) {
  const queries = new HeldQueries()
  const live = new HandLive()
  const server = new MemoryDocuments()
  server.put('shop', text)
  const address = { kind: 'notebooks' as const, name: 'shop' }
  const document = new OpenDocument({ address, client: server, drafts: new MemoryDrafts(), clock })
  const known = tables.map(name => {
    return { schema: 'main', name, kind: 'stream', columns: [], description: '' }
  })
  const catalog = { engines: [], tables: known, functions: [], keywords: [] }
  const session = new NotebookSession(document, {
    ...{ queries, live, clock, slots: new RunSlots(4), catalogChanged() {} },
    engine: { clientFor: () => queries },
    catalog: { view: new Store({ catalog, problem: null }) },
    files: { list: () => Promise.resolve([]) },
  } as unknown as SessionParts)
  await settle()
  session.show()
  await settle()
  const { ids, notebook } = session.state.get() ?? { ids: [], notebook: null }
  const sqlIds = ids.filter((_, i) => notebook?.cells[i]?.kind === 'sql') as CellId[]
  return { session, queries, live, server, sqlIds }
}
