import { tableFromIPC, tableToIPC } from '@uwdata/flechette'
import { type ArrowMessage, ArrowMessageSplitter } from '../api-client/arrow-messages.ts'
import { quotedName } from '../editor/sql-catalog.ts'
import { withoutSemicolon } from './statement-text.ts'

/** A column of a result, with its type as SQL writes it. */
export interface TypedColumn {
  readonly name: string
  readonly sqlType: string
}

/** What Arrow has no type for; a text of it is exact. */
const asText = /^(?:UHUGEINT|BIT|TIME WITH TIME ZONE|BIGNUM|VARINT|ENUM\b.*|UNION\b.*)$/

/** The statement, so that all that it answers arrives exactly. */
export function exactStatement(sql: string, columns: readonly TypedColumn[] | null): string {
  const texts = columns?.filter(({ sqlType }) => asText.test(sqlType)) ?? []
  if (texts.length === 0) return sql
  const replaced = texts.map(({ name }) => `${quotedName(name)}::VARCHAR AS ${quotedName(name)}`)
  return `SELECT * REPLACE (${replaced.join(', ')}) FROM (${withoutSemicolon(sql)}\n)`
}

/** Reads what DESCRIBE answers. */
export function readTypes(answer: Uint8Array): TypedColumn[] {
  const table = tableFromIPC(answer)
  const [names, types] = ['column_name', 'column_type'].map(name => table.getChild(name))
  return Array.from({ length: table.numRows }, (_, row) => ({
    name: String(names?.at(row)),
    sqlType: String(types?.at(row)),
  }))
}

/** The schema of a stream, with the SQL types where the page looks for them. */
export function schemaWithTypes(
  message: ArrowMessage,
  columns: readonly TypedColumn[] | null,
): ArrowMessage {
  if (columns === null) return message
  const table = tableFromIPC(message.bytes)
  const fields = table.schema.fields.map((field, index) => {
    const sqlType = columns[index]?.sqlType ?? ''
    return { ...field, metadata: new Map([...(field.metadata ?? []), ['sqlType', sqlType]]) }
  })
  Object.assign(table.schema, { fields })
  const bytes = tableToIPC(table, { format: 'stream' })
  const [schema] = new ArrowMessageSplitter().push(bytes ?? new Uint8Array())
  return schema ?? message
}
