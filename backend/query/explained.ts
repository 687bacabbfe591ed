/*
 * What stands before the statement that is explained. A comment within a comment ends elsewhere for DuckDB than it would
 * here: an EXPLAIN behind one is not recognised.
 */
const start =
  /^(?:\s|--[^\n]*\n|\/\*(?:(?!\/\*)[\s\S])*?\*\/)*explain\b(\s+analy[sz]e\b)?(\s*\(\s*(?:analy[sz]e|format)\b[^()'"]*\))?/i

/** The statement that an EXPLAIN explains; undefined for any other statement. */
export function explainedSql(sql: string): string | undefined {
  const found = start.exec(sql)
  return found ? sql.slice(found[0].length) : undefined
}

/** Whether it is an EXPLAIN that does not run what it explains. */
export function isPlanOnly(sql: string): boolean {
  const [found, analyzes, options] = start.exec(sql) ?? []
  return found !== undefined && !analyzes && !/analy[sz]e/i.test(options ?? '')
}
