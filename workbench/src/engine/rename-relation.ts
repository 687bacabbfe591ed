import { quoteName } from '../editor/sql-catalog.ts'
import { plainName } from '../editor/sql-scope.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'
import { type NamedRelation, relationsOf } from './named-relations.ts'

/** The statement that reads `to` where it read `from`; whatever else names either of them still means the same, by an alias. */
export function renameRelation(sql: string, from: string, to: string): string {
  const named = relationsOf(sql).filter(({ path }) => path.length === 1 && isSame(path[0], from))
  const places = new Set(named.map(({ tokens }) => tokens[0]?.start))
  const isNamedElsewhere = tokenizeSql(sql).some(
    token => !places.has(token.start) && isName(token) && isEither(plainName(token), from, to),
  )
  return named.toReversed().reduce((text, relation) => {
    const [token] = relation.tokens
    if (token === undefined) return text
    const alias = isNamedElsewhere && !hasAlias(relation) ? ` AS ${token.text}` : ''
    return `${text.slice(0, token.start)}${quoteName(to)}${alias}${text.slice(token.end)}`
  }, sql)
}

function isName({ kind }: SqlToken): boolean {
  return kind !== 'string' && kind !== 'comment'
}

function isEither(name: string, from: string, to: string): boolean {
  return isSame(name, from) || isSame(name, to)
}

function isSame(name: string | undefined, other: string): boolean {
  return name?.toLowerCase() === other.toLowerCase()
}

function hasAlias({ next }: NamedRelation): boolean {
  if (next === undefined) return false
  return next.kind === 'name' || next.kind === 'quoted' || next.text.toUpperCase() === 'AS'
}
