const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text whose UTF-8 bytes these are, to the last byte; undefined when they are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}
