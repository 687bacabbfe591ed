import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp } from '../app.ts'
import { silentLog } from '../base/log.ts'
import { compose } from '../compose.ts'
import { readConfig } from '../config.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const engineEntry = new URL('../../dist/backend/query/engine-process.js', import.meta.url)

/** A whole Millrace on the embedded profile in a folder of its own, with the sample streams and no made-up events. */
export async function startMillrace(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
) {
  const notebooks = join(folder, 'notebooks')
  await cp(join(projectFolder, 'notebooks'), notebooks, { recursive: true })
  const config = readConfig({
    MILLRACE_HOME: join(folder, 'home'),
    MILLRACE_NOTEBOOKS: notebooks,
    MILLRACE_STREAMS: join(projectFolder, 'sample-data', 'streams'),
    MILLRACE_QUERY_MEMORY_GB: '1',
    ...settings,
  })
  const millrace = await compose(config, silentLog, engineEntry)
  const app = await buildApp(millrace, { config, log: silentLog, projectFolder })
  await millrace.start()
  return {
    ...millrace,
    app,
    async query(sql: string, more: object = {}) {
      return app.inject({
        method: 'POST',
        url: '/api/query',
        headers: { accept: 'application/json', host: 'localhost' },
        payload: { sql, ...more },
      })
    },
    /** Appends events to `events` and answers the `after` that makes a statement see them. */
    async append(values: readonly string[]) {
      const records = values.map((value, n) => ({ key: String(n), value: Buffer.from(value) }))
      const ranges = await millrace.eventLog.append('events', records)
      return { events: Object.fromEntries(ranges.map(r => [r.partition, r.lastOffset])) }
    },
    async close() {
      await app.close()
      await millrace.close()
    },
  }
}

export function shopEvent(id: number, more: object = {}): string {
  return JSON.stringify({
    event_time: '2019-10-01T00:00:00Z',
    event_type: 'view',
    product_id: id,
    price: 1.5,
    user_id: id,
    ...more,
  })
}
