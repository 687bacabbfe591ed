import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Failure, messageOf } from '../base/failure.ts'

const columnTypes = [
  'VARCHAR',
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'DATE',
  'TIMESTAMP',
  'JSON',
] as const

const Column = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
    /** An SQL type: one of the list, or `DECIMAL(precision,scale)`. A TIMESTAMP is in UTC. */
    type: Type.Union([
      Type.Enum([...columnTypes]),
      Type.String({ pattern: '^DECIMAL\\([0-9]{1,2},[0-9]{1,2}\\)$' }),
    ]),
    required: Type.Optional(Type.Boolean()),
    description: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

const Definition = Type.Object(
  {
    stream: Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
    description: Type.Optional(Type.String()),
    columns: Type.Array(Column, { minItems: 1 }),
    /** The required TIMESTAMP column that says when the event happened; the lake is partitioned by its date. */
    eventTime: Type.String(),
    /** The column whose value chooses the partition; without one, events are spread evenly. */
    partitionKey: Type.Optional(Type.String()),
    partitions: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
  },
  { additionalProperties: false },
)

export type StreamColumn = Static<typeof Column>
/** What a stream's events look like: the only place that knows their columns. */
export type StreamDefinition = Static<typeof Definition>

const defaultPartitionCount = 4
const reservedNames = new Set(['event_date'])
const reservedStreams = new Set(['dead_letters', 'lake', 'live', 'hbase'])
const compiled = Compile(Definition)

export function partitionCountOf(definition: StreamDefinition): number {
  return definition.partitions ?? defaultPartitionCount
}

/**
 * Reads every `*.json` of a folder as a stream definition.
 * @throws Failure `stream-definition` naming the file and what is wrong in it
 */
export async function loadStreamDefinitions(folder: string): Promise<StreamDefinition[]> {
  const definitions: StreamDefinition[] = []
  for (const file of (await listFolder(folder)).filter(name => name.endsWith('.json')).sort()) {
    const text = await readFile(join(folder, file), 'utf8')
    definitions.push(parseStreamDefinition(text, file))
  }
  const names = definitions.map(definition => definition.stream)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrong(folder, `two files define the stream "${twice}"`)
  if (names.length === 0) throw wrong(folder, 'it holds no stream definition (*.json)')
  return definitions
}

/** @throws Failure `stream-definition` */
export function parseStreamDefinition(text: string, file: string): StreamDefinition {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(file, messageOf(error))
  }
  if (!compiled.Check(value)) {
    const first = compiled.Errors(value)[0]
    throw wrong(file, `${first?.instancePath || 'the file'} ${first?.message ?? 'is not valid'}`)
  }
  checkMeaning(value, file)
  return value
}

function checkMeaning(definition: StreamDefinition, file: string): void {
  const { columns, eventTime, partitionKey, stream } = definition
  if (reservedStreams.has(stream)) throw wrong(file, `the name "${stream}" is taken by Millrace`)
  const seen = new Set<string>()
  for (const { name, type } of columns) {
    if (seen.has(name)) throw wrong(file, `the column "${name}" is there twice`)
    if (reservedNames.has(name)) throw wrong(file, `the column name "${name}" is reserved`)
    seen.add(name)
    const decimal = decimalOf(type)
    if (decimal && (decimal.precision < 1 || decimal.precision > 38)) {
      throw wrong(file, `the precision of "${name}" must be 1 to 38`)
    }
    if (decimal && decimal.scale > decimal.precision) {
      throw wrong(file, `the scale of "${name}" is above its precision`)
    }
  }
  const time = columns.find(column => column.name === eventTime)
  if (time?.type !== 'TIMESTAMP' || time.required !== true) {
    throw wrong(file, `eventTime "${eventTime}" must name a required TIMESTAMP column`)
  }
  if (partitionKey !== undefined && !seen.has(partitionKey)) {
    throw wrong(file, `partitionKey "${partitionKey}" names no column`)
  }
}

/** Precision and scale of a `DECIMAL(p,s)`, or undefined for another type. */
export function decimalOf(type: string): { precision: number; scale: number } | undefined {
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw wrong(folder, messageOf(error))
  }
}

function wrong(where: string, what: string): Failure {
  return new Failure('stream-definition', `${where}: ${what}.`, {
    hint: 'docs/streams.md describes the format.',
  })
}
