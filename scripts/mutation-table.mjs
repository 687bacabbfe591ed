/*
 * What keeps events from being lost or doubled: each guard with its text, what stands there when it is taken away, and
 * the test that must notice.
 */

const durability = 'bench/simulated/durability.test.ts'
const deltaTable = 'backend/lake/delta-table.test.ts'
const ingest = 'backend/ingest/ingester.test.ts'
const tail = 'backend/live/tail.test.ts'
const embeddedLog = 'backend/events/embedded-event-log.test.ts'
const embeddedLive = 'backend/live/embedded-live-store.test.ts'
const cellSweep = 'backend/live/cell-sweep.test.ts'
const kafkaMembership = 'backend/events/kafka-membership.test.ts'
const hbaseScan = 'backend/live/hbase-scan.test.ts'
const exactUnion = 'backend/query/exact-union.test.ts'
const documents = 'backend/routes/documents.test.ts'

/** @param rows [guard, text, replacement, test] */
function inFile(file, rows) {
  return rows.map(([guard, text, replacement, test]) => ({ guard, file, text, replacement, test }))
}

export const mutations = [
  ...inFile('backend/base/durable-file.ts', [
    [
      'of rivals for a name one wins',
      'await files.link(from, to)',
      'await files.rm(to, { force: true }).then(() => files.link(from, to))',
      'backend/lake/local-lake.test.ts',
    ],
    ['content aside is synced', 'await handle.sync()\n    })', '})', durability],
    [
      'a new name is synced',
      'await syncFolder(dirname(to), files)\n  return true',
      'return true',
      durability,
    ],
    [
      'a replaced name is synced',
      'await files.rename(aside, path)\n    await syncFolder(dirname(path), files)',
      'await files.rename(aside, path)',
      durability,
    ],
    ['new folders are synced', 'await syncFolder(dirname(made), files)', '', durability],
  ]),
  ...inFile('backend/lake/local-lake.ts', [
    ['a data file is synced', 'await syncFile(localFile, this.#files)', '', durability],
    [
      'what a failed write named is synced',
      'if (wasInDoubt) await syncFolders',
      'if (false) await syncFolders',
      durability,
    ],
    ['what a killed process named is synced', 'await syncFolders(root, files)', '', durability],
    [
      'a file is never overwritten',
      'invariant(isNew, ',
      'invariant(true, ',
      'backend/lake/local-lake.test.ts',
    ],
    [
      'a short read is read on',
      'at += bytesRead',
      'return buffer.subarray(0, at + bytesRead)',
      'bench/simulated/simulated-stores.test.ts',
    ],
  ]),
  ...inFile('backend/lake/delta-table.ts', [
    [
      'old files are not committed',
      'if (!isOld && !this.#isStale()) return',
      'return void isOld',
      deltaTable,
    ],
    [
      'who slept reads the checkpoint',
      'if (this.#isStale()) await this.#loadCheckpoint()',
      '',
      deltaTable,
    ],
    [
      'who slept looks before it commits',
      'if (this.#isStale()) await this.refresh()',
      '',
      deltaTable,
    ],
  ]),
  ...inFile('backend/lake/maintenance.ts', [
    [
      'vacuum leaves files under way',
      ': modifiedAt < oldestUnderWay)',
      ': modifiedAt < oldest)',
      deltaTable,
    ],
    [
      'vacuum leaves what the history names',
      'tombstone.deletionTimestamp < oldest',
      'true',
      deltaTable,
    ],
    ['vacuum leaves what the table has', '!snapshot.files.has(inside) &&', '', deltaTable],
    [
      'a merge of files that are gone is dropped',
      'if (task.files.some(file => !snapshot.files.has(file.path))) return undefined',
      '',
      deltaTable,
    ],
  ]),
  ...inFile('backend/lake/checkpoint.ts', [
    [
      'a checkpoint is not taken away',
      'if (present !== undefined && (known ?? present) === present) return present',
      '',
      deltaTable,
    ],
  ]),
  ...inFile('backend/ingest/lake-commit.ts', [
    [
      'offsets are committed once',
      'if (transaction.version >= startOffset) throw conflict(stream, partition)',
      'if (transaction.version >= startOffset) continue',
      ingest,
    ],
    [
      'missing offsets are refused',
      'transaction.version + 1 === startOffset) continue',
      'transaction.version < startOffset) continue',
      ingest,
    ],
    [
      'dead letters are committed once',
      'if (committed !== committedIn(partition)) throw',
      'if (false) throw',
      ingest,
    ],
    [
      'what is missing is decided once',
      'seen.get(transactionOf',
      'table.snapshot.transactions.get(transactionOf',
      ingest,
    ],
  ]),
  ...inFile('backend/ingest/accounting.ts', [
    ['accounts have no hole', 'part.startOffset === before.endOffset,', 'true,', ingest],
  ]),
  ...inFile('backend/ingest/ingester.ts', [
    [
      'another topic of the name is refused',
      '(domain !== undefined && domain.topicId !== topic.topicId)',
      'domain === null',
      ingest,
    ],
  ]),
  ...inFile('backend/events/record-batch.ts', [
    [
      'a gap is refused',
      'batch.firstOffset > position) return undefined',
      'false) return undefined',
      'backend/events/record-batch.test.ts',
    ],
    [
      'what was taken is not taken again',
      'if (batch.nextOffset <= position) continue',
      '',
      'backend/events/record-batch.test.ts',
    ],
    [
      'of a batch the rest is taken',
      'taken.push(batchFrom(batch, position))',
      'taken.push(batch)',
      'backend/events/record-batch.test.ts',
    ],
  ]),
  ...inFile('backend/events/record-block.ts', [
    [
      'a damaged block is refused',
      'if (crc32(body) !== block.readUInt32LE(36))',
      'if (false)',
      'backend/events/record-block.test.ts',
    ],
  ]),
  ...inFile('backend/events/embedded-event-log.ts', [
    [
      'an append is synced',
      'if (operations.length > 0) await this.#database.writeDurably(operations)',
      'if (operations.length > 0) await this.#database.write(operations)',
      durability,
    ],
    [
      'after a failure the ends are read again',
      'await this.#reloadEnds()\n        await this.#writeAppends',
      'await this.#writeAppends',
      durability,
    ],
    [
      'a repeated append changes nothing',
      'append.producer.sequence <= known.sequence',
      'append.producer.sequence < 0',
      embeddedLog,
    ],
    [
      'retention waits for every group',
      'nextOffset > (passed.get(partition) ?? 0) ||',
      '',
      embeddedLog,
    ],
  ]),
  ...inFile('backend/events/kafka-numbered-appends.ts', [
    [
      'a repeated append to Kafka changes nothing',
      'if (known?.sequence === sequence) return known.ranges',
      '',
      'backend/events/kafka-numbered-appends.test.ts',
    ],
    [
      'a forerunner is fenced before its states are read',
      'await fence(producer)',
      '',
      'backend/events/kafka-numbered-appends.test.ts',
    ],
  ]),
  ...inFile('backend/live/tail.ts', [
    ['the tail gives an offset once', 'yield batchFrom(batch, next)', 'yield batch', tail],
    ['the tail ends at a gap', 'if (batch.firstOffset > next) return', '', tail],
    [
      'the tail keeps what is not committed',
      'blocks.filter(block => block.nextOffset <= position)',
      'blocks',
      tail,
    ],
  ]),
  ...inFile('backend/events/kafka-membership.ts', [
    [
      'partitions are held as long as the group hears their member',
      'if (silentMs > sessionTimeoutMs) this.#take(newPart([], false))',
      '',
      kafkaMembership,
    ],
    [
      'of the consumers of a member one deals',
      'if (consumer !== this.#consumer) return this.#sendAway(consumer)',
      '',
      kafkaMembership,
    ],
  ]),
  ...inFile('backend/live/hbase-scan.ts', [
    [
      'the end of a scan of HBase is looked for twice',
      'if (rows === undefined && isEndSeen) return',
      'if (rows === undefined) return',
      hbaseScan,
    ],
    [
      'and counts only while HBase serves',
      'if (isEndSeen) await checkServes',
      'if (false) await checkServes',
      hbaseScan,
    ],
  ]),
  ...inFile('backend/live/cell-visibility.ts', [
    [
      'old versions are not read',
      'return ++this.#versions <= family.versionsMax',
      'return true',
      embeddedLive,
    ],
    [
      'a deleted row hides older puts',
      'cell.timestamp <= this.#deletedUpTo',
      'false',
      embeddedLive,
    ],
  ]),
  ...inFile('backend/live/cell-sweep.ts', [
    ['no put waits for the sweep of a large table', 'isOver = seen < cellsMax', '', cellSweep],
    ['a sweep goes on where it stopped', 'sweep.row = cell.row', '', cellSweep],
  ]),
  ...inFile('backend/live/embedded-live-store.ts', [
    [
      'checks wait for each other',
      'const checked = this.#checks.then(',
      'const checked = Promise.resolve().then(',
      embeddedLive,
    ],
  ]),
  ...inFile('backend/query/snapshot-feed.ts', [
    [
      'files that live views will need come with their snapshot',
      'const held = this.#held.get(table.name)',
      'const held = [...this.#held.values()].find(() => false)',
      'backend/query/views/large-history.test.ts',
    ],
    [
      'dead letters of other processes are looked for after the rows',
      'await tables.deadLetters.refresh()',
      '',
      exactUnion,
    ],
  ]),
  ...inFile('backend/query/scans/file-offsets.ts', [
    [
      'a file with the next offset is none of what is there',
      '<= lastOffset',
      '< lastOffset',
      'backend/query/scans/file-offsets.test.ts',
    ],
  ]),
  ...inFile('backend/query/engine-process.ts', [
    [
      'dead letters come into sight before the rows',
      '[...due.filter(state => !isOfRows(state)), ...due.filter(isOfRows)]',
      'due',
      'backend/query/engine-process.test.ts',
    ],
  ]),
  ...inFile('backend/notebooks/document-store.ts', [
    [
      'a save names what it replaces',
      'if (etagOf(before) !== replaces.etag) throw await this.#changed(name)',
      '',
      documents,
    ],
    [
      'saves of a document wait for each other',
      'const before = this.#changes.get(key) ?? Promise.resolve()',
      'const before = Promise.resolve()',
      documents,
    ],
  ]),
]
