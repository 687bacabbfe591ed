/** One value on its way into a topic. */
export interface ShopRecord {
  /** The user or product that it is about, as decimal digits. */
  readonly key: string
  /** One JSON object without a line feed. */
  readonly value: Buffer
}
