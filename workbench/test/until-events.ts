import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when a query over `events` finds at least so many. */
export async function untilEvents(url: string, count: number): Promise<void> {
  while ((await countEvents(url)) < count) await sleep(200)
}

async function countEvents(url: string): Promise<number> {
  const response = await fetch(`${url}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ sql: 'SELECT count(*) FROM events' }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`The events could not be counted: ${text}`)
  const { rows } = JSON.parse(text) as { rows: [[number]] }
  return rows[0][0]
}
