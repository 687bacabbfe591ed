import type { Problem } from '../../../backend/contract/problem.ts'
import type { DataAge } from '../cell/data-age.ts'
import type { Result } from '../result/result.ts'

/** What a tile shows of its statement. */
export interface TileResult {
  readonly result: Result | null
  readonly age: DataAge | null
  readonly problem: Problem | null
  /** The server is away; what is shown stays. */
  readonly isLost: boolean
}

export const nothingYet: TileResult = { result: null, age: null, problem: null, isLost: false }
