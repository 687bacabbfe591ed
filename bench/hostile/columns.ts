import { join } from 'node:path'
import {
  loadStreamDefinitions,
  type StreamColumn,
  type StreamDefinition,
} from '../../backend/events/stream-definition.ts'

export const topic = 'events'

/** Of the types that the shop's events do not use. */
const further: readonly StreamColumn[] = [
  { name: 'small', type: 'INTEGER' },
  { name: 'ratio', type: 'DOUBLE' },
  { name: 'paid', type: 'BOOLEAN' },
  { name: 'day', type: 'DATE' },
  { name: 'extra', type: 'JSON' },
]

/** The shop's events, with columns of every other type. */
export async function hostileDefinition(): Promise<StreamDefinition> {
  const folder = join(import.meta.dirname, '..', '..', '..', 'sample-data', 'streams')
  const definition = (await loadStreamDefinitions(folder)).find(({ stream }) => stream === topic)
  if (!definition) throw new Error(`no definition of ${topic}`)
  return { ...definition, columns: [...definition.columns, ...further] }
}
