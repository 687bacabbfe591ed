const space = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)`

/** A pattern in which a blank stands for white space and comments, and `~` for none or some of them. */
export function viewPattern(text: string): RegExp {
  const spaced = `^~${text}`.replaceAll(' ', `${space}+`).replaceAll('~', `${space}*`)
  return new RegExp(spaced, 'iu')
}

const any = viewPattern('(create|drop|show)( or replace)? live (views?)(?![\\p{L}\\p{N}_])')
const changing = viewPattern('(create|drop)( or replace)? live view(?![\\p{L}\\p{N}_])')

/** Whether it is said of live views themselves, rather than read from tables. */
export function isViewStatement(sql: string): boolean {
  return any.test(sql)
}

/** Whether it makes or drops a live view: to be done only when somebody asks for it. */
export function changesViews(sql: string): boolean {
  return changing.test(sql)
}
