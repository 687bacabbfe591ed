import { Failure } from '../base/failure.ts'

/** A column of a lake table, by its SQL type. */
export interface LakeColumn {
  readonly name: string
  readonly type: string
}

const deltaTypes: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  JSON: 'string',
  BOOLEAN: 'boolean',
  INTEGER: 'integer',
  BIGINT: 'long',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp_ntz',
}

/** The `schemaString` of a Delta table. A TIMESTAMP has no zone there; Millrace's are in UTC. */
export function schemaStringOf(columns: readonly LakeColumn[]): string {
  return JSON.stringify({
    type: 'struct',
    fields: columns.map(({ name, type }) => ({
      name,
      type: deltaTypes[type] ?? type.toLowerCase(),
      nullable: true,
      metadata: {},
    })),
  })
}

/**
 * The schema that a table has after writing `columns` to one of `schemaString`: columns may come, none may change.
 * @throws Failure `lake-schema` naming the column
 */
export function evolvedSchema(
  schemaString: string,
  columns: readonly LakeColumn[],
  table: string,
): string {
  const wanted = fieldsOf(schemaStringOf(columns))
  const present = fieldsOf(schemaString)
  for (const [name, type] of present) {
    const now = wanted.get(name)
    if (now === type) continue
    const change = now === undefined ? 'is gone' : `was ${type} and is ${now}`
    throw new Failure('lake-schema', `The column "${name}" of ${table} ${change}.`, {
      hint: 'Give the changed column a new name, or the stream a new one; what is written stays as it is.',
    })
  }
  const isSame = present.size === wanted.size
  return isSame ? schemaString : schemaStringOf(columns)
}

function fieldsOf(schemaString: string): Map<string, string> {
  const { fields } = JSON.parse(schemaString) as { fields: { name: string; type: string }[] }
  return new Map(fields.map(({ name, type }) => [name, JSON.stringify(type)]))
}
