import type { Bytes } from '../result/result.ts'

/** What the reader of Parquet files says: an Arrow stream, or why there is none. */
export type ParquetAnswer = { readonly stream: Bytes } | { readonly error: string }
