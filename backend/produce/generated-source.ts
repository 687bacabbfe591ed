import { Shop } from '../../sample-data/shop.ts'
import type { ShopRecord } from '../../sample-data/shop-record.ts'
import { Failure } from '../base/failure.ts'
import type { Source } from './source.ts'

export interface Generated {
  readonly stream: string
  readonly count: number
  readonly seed: number
  /** When the history ends, in milliseconds since the epoch. */
  readonly until: number
}

const historyMs = 14 * 86_400_000

/** Records of the made-up shop: equal options give equal records. */
export function generatedSource({ stream, count, seed, until }: Generated): Source {
  return {
    identity: `generated ${stream} ${count} ${seed}`,
    isResumable: true,
    total: count,
    unit: 'events',
    async *values(from) {
      let line = 0
      for (const { value } of recordsOf(stream, new Shop({ seed }), count, until)) {
        line++
        if (line > count) return
        if (line <= from.line) continue
        yield { value: value.toString('utf8'), end: line, line, trouble: undefined }
      }
    },
  }
}

function recordsOf(stream: string, shop: Shop, count: number, until: number): Iterable<ShopRecord> {
  if (stream === 'products') return shop.products({ until })
  if (stream === 'users') return shop.users({ until })
  if (stream === 'events') return flatten(shop.history({ from: until - historyMs, until, count }))
  throw new Failure('bad-request', `Nothing can be generated for the stream "${stream}".`, {
    hint: 'The made-up shop has events, products and users.',
  })
}

function* flatten(chunks: Iterable<readonly ShopRecord[]>): Generator<ShopRecord> {
  for (const chunk of chunks) yield* chunk
}
