/** Throws when a condition that the code relies on does not hold: a bug here, never the caller's mistake. */
export function invariant(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new InvariantError(claim)
}

export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  constructor(claim: string) {
    super(`Broken invariant: ${claim}. This is a bug in Millrace; please report it.`)
  }
}
