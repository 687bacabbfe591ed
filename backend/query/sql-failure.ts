import { Failure, messageOf } from '../base/failure.ts'
import { duckDbErrorOf, readDuckDbError } from '../contract/duckdb-error.ts'
import { beingMadeIn } from './views/being-made.ts'

/** What DuckDB says of a Parquet file that is not as it was written; some of it without the file's name. */
const damage =
  /No magic bytes found|Failed to read file|Could not read enough bytes|No files found that match|Cannot open file|TProtocolException|Out of buffer|don't know what type|ZSTD Decompression failure/
/** The end of a file's path that is its own in the lake: `table/column=value/file`. */
const lakeFile = /([^/"']+(?:\/[^/"'=]+=[^/"']*)*\/[^/"']+\.parquet)["']/

/** Translates an error of DuckDB into the failure that names it, with the place in `sql` that it points at. */
export function sqlFailure(error: unknown, sql: string): Failure {
  if (error instanceof Failure) return error
  const text = messageOf(error)
  const beingMade = beingMadeIn(duckDbErrorOf(text).message)
  if (beingMade !== undefined) return viewBeingMade(beingMade, error)
  if (damage.test(text)) return damagedFile(text, error)
  const { code, detail, hint, position } = readDuckDbError(text, sql)
  return new Failure(code, detail, { hint, extra: position ? { position } : {}, cause: error })
}

function viewBeingMade(detail: string, cause: unknown): Failure {
  const hint = 'Ask again in a while, or run the SELECT of the view on Spark.'
  return new Failure('view-being-made', detail, { hint, cause })
}

function damagedFile(text: string, cause: unknown): Failure {
  const [, file] = lakeFile.exec(text) ?? []
  const detail =
    file === undefined
      ? 'A file of the lake that the statement reads is damaged.'
      : `The file ${file} of the lake is damaged or gone.`
  const hint =
    'npm run verify names it and what is lost with it; set aside, the rest can be read: see docs/reliability.md.'
  return new Failure('lake-corrupt', detail, { hint, cause })
}
