interface MakingProgress {
  readonly view: string
  readonly stream: string
  /** Files of the stream's history that are still to be read, and all of them. */
  readonly left: number
  readonly total: number
  /** What keeps them from being fetched. */
  readonly problem: string | undefined
}

/** Why nothing can be read of a live view yet. */
export function beingMade({ view, stream, left, total, problem }: MakingProgress): string {
  const text = `The live view ${view} is being made: ${left} of ${total} files of the history of ${stream} are still to be read.`
  return problem === undefined ? text : `${text} They cannot be fetched just now: ${problem}`
}

/** The same in a message of DuckDB; undefined where it is another one. */
export function beingMadeIn(message: string): string | undefined {
  return /The live view \w+ is being made: .+/.exec(message)?.[0]
}
