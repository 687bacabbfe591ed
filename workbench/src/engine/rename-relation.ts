import { plainName } from '../editor/sql-scope.ts'
import { type SqlToken, tokenizeSql } from '../editor/sql-tokens.ts'
import { isReservedWord } from '../editor/sql-words.ts'
import { type NamedRelation, relationsOf } from './named-relations.ts'

/** The statement that reads `to` where it read `from`; columns that name `from` still do, by an alias. */
export function renameRelation(sql: string, from: string, to: string): string {
  const isFrom = (name: string): boolean => name.toLowerCase() === from.toLowerCase()
  const isQualifier = (token: SqlToken, next: SqlToken | undefined): boolean =>
    next?.text === '.' && isFrom(plainName(token))
  const all = tokenizeSql(sql)
  const isQualified = all.some((token, index) => isQualifier(token, all[index + 1]))
  return relationsOf(sql)
    .filter(({ path }) => path.length === 1 && isFrom(path[0] ?? ''))
    .toReversed()
    .reduce((text, relation) => {
      const [token] = relation.tokens
      if (token === undefined) return text
      const alias = isQualified && !hasAlias(relation) ? ` AS ${token.text}` : ''
      return `${text.slice(0, token.start)}${written(to)}${alias}${text.slice(token.end)}`
    }, sql)
}

function hasAlias({ next }: NamedRelation): boolean {
  if (next === undefined) return false
  return next.kind === 'name' || next.kind === 'quoted' || next.text.toUpperCase() === 'AS'
}

function written(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !isReservedWord(name) ? name : `"${name}"`
}
