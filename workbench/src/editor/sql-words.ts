/** Words of SQL's grammar that are written as such wherever they stand. */
const grammarWords = `
ALL AND ANTI ANY AS ASC ASOF BETWEEN BY CASE CAST CREATE CROSS CUBE DELETE DESC DESCRIBE DISTINCT ELSE END ESCAPE EXCEPT
EXCLUDE EXISTS EXPLAIN FALSE FILTER FIRST FOLLOWING FOR FROM FULL GLOB GROUP GROUPING GROUPS HAVING ILIKE IN INNER INSERT
INTERSECT INTERVAL INTO IS ISNULL JOIN LAST LATERAL LEFT LIKE LIMIT MATERIALIZED NATURAL NOT NOTNULL NULL NULLS OFFSET ON
OR ORDER ORDINALITY OUTER OVER OVERLAPS PARTITION PIVOT POSITIONAL PRECEDING QUALIFY RANGE RECURSIVE REPLACE RIGHT ROLLUP
ROWS SAMPLE SELECT SEMI SETS SHOW SIMILAR SUMMARIZE TABLE TABLESAMPLE THEN TIES TO TRUE TRY_CAST UNBOUNDED UNION UNPIVOT
UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH WITHIN WITHOUT
`
const known = new Set(grammarWords.trim().split(/\s+/))
/** Words that name a table or a column only in quotes: the reserved ones, and those for types and functions alone. */
const quotedWords = `
ALL ANALYSE ANALYZE AND ANTI ANY ARRAY AS ASC ASOF ASYMMETRIC AT AUTHORIZATION BINARY BOTH BY CASE CAST CHECK COLLATE
COLLATION COLUMN COLUMNS CONCURRENTLY CONSTRAINT CREATE CROSS DEFAULT DEFERRABLE DESC DESCRIBE DISTINCT DO ELSE END EXCEPT
FALSE FETCH FOR FOREIGN FREEZE FROM FULL GENERATED GLOB GROUP HAVING ILIKE IN INITIALLY INNER INTERSECT INTO IS ISNULL
JOIN LAMBDA LATERAL LEADING LEFT LIKE LIMIT MAP NATURAL NOT NOTNULL NULL OFFSET ON ONLY OR ORDER OUTER OVERLAPS PIVOT
PIVOT_LONGER PIVOT_WIDER PLACING POSITIONAL PRIMARY QUALIFY REFERENCES RETURNING RIGHT SELECT SEMI SHOW SIMILAR SOME STRUCT
SUMMARIZE SYMMETRIC TABLE TABLESAMPLE THEN TO TRAILING TRUE TRY_CAST UNION UNIQUE UNPACK UNPIVOT USING VARIADIC VERBOSE
WHEN WHERE WINDOW WITH
`
const quoted = new Set(quotedWords.trim().split(/\s+/))
/** Words that the page reads as grammar wherever they stand, though DuckDB takes them for a name as well. */
const readAsGrammar = new Set(['BETWEEN', 'CUBE', 'EXISTS', 'GROUPING', 'ROLLUP', 'VALUES'])
/** Grammar words that name a function as well, where a bracket follows. */
const alsoFunctions = new Set(['FIRST', 'GLOB', 'LAST', 'LEFT', 'RANGE', 'REPLACE', 'RIGHT'])

/**
 * Whether a word is shown as a keyword. Most of DuckDB's keywords may name a column as well (`minute`, `type`): those
 * count only where they are written in capitals.
 */
export function isKeyword(word: string, catalogKeywords: ReadonlySet<string>): boolean {
  const upper = word.toUpperCase()
  return known.has(upper) || (word === upper && catalogKeywords.has(upper))
}

export function isFunctionWord(word: string): boolean {
  return alsoFunctions.has(word.toUpperCase())
}

/** Whether a word ends the name before it: it can be no alias. */
export function isReservedWord(word: string): boolean {
  const upper = word.toUpperCase()
  return known.has(upper) || quoted.has(upper)
}

/** Whether a word is a name in quotes alone. */
export function needsQuotes(word: string): boolean {
  const upper = word.toUpperCase()
  return quoted.has(upper) || readAsGrammar.has(upper)
}

export const completedKeywords: readonly string[] = [...known]
