const space = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)`

/** A pattern in which a blank stands for white space and comments, and `~` for none or some of them. */
export function statementPattern(text: string): RegExp {
  const spaced = `^~${text}`.replaceAll(' ', `${space}+`).replaceAll('~', `${space}*`)
  return new RegExp(spaced, 'iu')
}

const any = statementPattern(
  '(create|drop|show)( or replace)? (live views?|hbase tables?)(?![\\p{L}\\p{N}_])',
)
const changing = statementPattern(
  '(create|drop)( or replace)? (live view|hbase table)(?![\\p{L}\\p{N}_])',
)

/** Whether it is said of live views or tables of HBase themselves, rather than read from them. */
export function isDefinition(sql: string): boolean {
  return any.test(sql)
}

/** Whether it makes or drops one: to be done only when somebody asks for it. */
export function changesDefinitions(sql: string): boolean {
  return changing.test(sql)
}
