/*
 * The keys of the embedded log: topics, what groups and producers have reached, and blocks in the order of their offsets.
 */

export function topicKey(topic: string): Buffer {
  return Buffer.from(`topic\0${topic}`)
}

export function groupKey(topic: string, group: string): Buffer {
  return Buffer.from(`group\0${topic}\0${group}`)
}

export function producerKey(topic: string, producerId: string): Buffer {
  return Buffer.from(`producer\0${topic}\0${producerId}`)
}

/** Keys of a partition sort as their first offsets do. */
export function blockKey(topic: string, partition: number, offset: number): Buffer {
  const place = Buffer.alloc(12)
  place.writeUInt32BE(partition, 0)
  place.writeBigUInt64BE(BigInt(offset), 4)
  return Buffer.concat([Buffer.from(`block\0${topic}\0`), place])
}

export function partitionRange(topic: string, partition: number): { gte: Buffer; lt: Buffer } {
  return { gte: blockKey(topic, partition, 0), lt: blockKey(topic, partition + 1, 0) }
}

export function prefixRange(prefix: Buffer): { gte: Buffer; lt: Buffer } {
  return { gte: prefix, lt: Buffer.concat([prefix, Buffer.from([0xff])]) }
}
