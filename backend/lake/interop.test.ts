import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pythonWith } from '../../bench/python.ts'
import { shopEvent, startMillrace } from '../testing/running-millrace.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const script = `
import json, sys
from deltalake import DeltaTable
events = DeltaTable(sys.argv[1] + '/events')
dead = DeltaTable(sys.argv[1] + '/dead_letters')
rows = events.to_pyarrow_table(columns=['event_type', 'user_id'])
print(json.dumps({
  'rows': rows.num_rows,
  'users': len(set(rows['user_id'].to_pylist())),
  'dead': dead.to_pyarrow_table(columns=['raw'])['raw'].to_pylist(),
  'txn': [events.transaction_version(f'events-{p}') for p in range(4)],
  'files': len(events.file_uris()),
}))
`

/** The name says why when there is no way to run it. */
const python = pythonWith('deltalake==1.6.6', 'pyarrow')
const title =
  'delta-rs reads the same rows and transactions, after commits, compaction and checkpoints'

test.skipIf(!python)(
  python ? title : `${title} (no Python, or deltalake could not be installed)`,
  async () => {
    const folder = await temporaryFolder()
    const millrace = await startMillrace(folder, { MILLRACE_COMMIT_EVERY: '0.1' })
    const ends = new Map<number, number>()
    for (let round = 0; round < 60; round++) {
      const events = [...Array(20)].map((_, n) => shopEvent(round * 20 + n))
      const after = await millrace.append(round === 7 ? [...events, 'broken'] : events)
      for (const [p, offset] of Object.entries(after.events)) ends.set(Number(p), offset)
      await millrace.clock.sleep(60)
    }
    await millrace.close()
    const seen = (await python?.json(script, [join(folder, 'home', 'lake')])) as {
      rows: number
      files: number
    }
    expect(seen).toMatchObject({ rows: 1200, users: 1200, dead: ['broken'] })
    expect(seen).toMatchObject({ txn: [0, 1, 2, 3].map(partition => ends.get(partition)) })
    expect(seen.files).toBeLessThan(16)
  },
  60_000,
)
