/** The partition of a key, as Kafka's own clients choose it: murmur2 of the key's UTF-8 bytes. */
export function partitionOf(key: string, partitionCount: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitionCount
}

/** MurmurHash2 with 32 bits and Kafka's seed, as a signed integer. */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const length = data.length
  let h = 0x9747b28c ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k =
      byteAt(data, i) |
      (byteAt(data, i + 1) << 8) |
      (byteAt(data, i + 2) << 16) |
      (byteAt(data, i + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = length & 3
  if (rest === 3) h ^= byteAt(data, whole + 2) << 16
  if (rest >= 2) h ^= byteAt(data, whole + 1) << 8
  if (rest >= 1) h = Math.imul(h ^ byteAt(data, whole), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h
}

function byteAt(data: Uint8Array, index: number): number {
  return data[index] ?? 0
}
