/** Which live statements keep their groups. */
export interface KeepSettings {
  /** A live statement is kept that takes longer by itself, in milliseconds. */
  readonly aboveMs: number
  /** It is given up when it has not run for so long, in milliseconds. */
  readonly idleMs: number
  /** How many are kept at once: each commit of the lake takes all of them further. */
  readonly statementsMax: number
  /** One with more groups is given up: what reads them takes longer with each. */
  readonly groupsMax: number
  /** A statement is given up that takes so often in a row longer than it did by itself. */
  readonly slowerMax: number
}

export const keepSettings: KeepSettings = {
  aboveMs: 25,
  idleMs: 60_000,
  statementsMax: 16,
  groupsMax: 200_000,
  slowerMax: 5,
}
