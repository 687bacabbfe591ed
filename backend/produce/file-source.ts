import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Failure, messageOf } from '../base/failure.ts'
import type { CatalogColumn } from '../contract/catalog.ts'
import { splitLines, valueBytesMax } from '../events/split-values.ts'
import { csvValues, readHeader } from './csv-values.ts'
import type { Place, Source, SourceValue } from './source.ts'

const isCsv = /\.(csv|tsv|txt)(\.gz)?$/i
const isJson = /\.(ndjson|jsonl|json)(\.gz)?$/i

/**
 * A CSV or NDJSON file, gzip or not, of any size.
 * @throws Failure `bad-request` when there is no such file or its ending says neither
 */
export async function openFile(path: string, columns: readonly CatalogColumn[]): Promise<Source> {
  const format = formatOf(path)
  if (path === '-') return standardInput()
  const info = await stat(path).catch(error => {
    throw new Failure('bad-request', `The file ${path} cannot be read: ${messageOf(error)}.`)
  })
  if (!info.isFile()) throw new Failure('bad-request', `${path} is no file.`)
  const isPacked = path.endsWith('.gz')
  const open = (start: number): Readable =>
    isPacked ? unpacked(path, start) : createReadStream(path, { start })
  return {
    identity: `${await realpath(path)} ${info.size} ${info.mtimeMs}`,
    isResumable: true,
    total: isPacked ? undefined : info.size,
    unit: 'bytes',
    async *values(from) {
      if (format === 'json') yield* lineValues(open(0), from)
      else {
        const header = from.end > 0 ? await readHeader(open(0)) : undefined
        const before = { bytes: from.end, lines: from.line }
        yield* csvValues(open(from.end), { columns, header, before })
      }
    },
  }
}

function formatOf(path: string): 'csv' | 'json' {
  if (path === '-' || isJson.test(path)) return 'json'
  if (isCsv.test(path)) return 'csv'
  throw new Failure('bad-request', `It is not known what ${path} holds.`, {
    hint: 'Name it .csv, .csv.gz, .ndjson, .jsonl or the like.',
  })
}

function standardInput(): Source {
  return {
    identity: 'standard input',
    isResumable: false,
    total: undefined,
    unit: 'bytes',
    values: from => lineValues(process.stdin, from),
  }
}

/** Lines have no places of their own in packed or piped input, so those before `from` are read once more. */
async function* lineValues(input: Readable, from: Place): AsyncGenerator<SourceValue> {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(null, chunk)
    },
  })
  for await (const values of splitLines(pipeline(input, counted, () => {}))) {
    for (const { line, value } of values) {
      if (line <= from.line) continue
      const trouble =
        value === undefined ? `is longer than ${valueBytesMax} bytes: not sent` : undefined
      yield { value: value?.toString('utf8'), end: bytes, line, trouble }
    }
  }
}

/** The unpacked bytes of a gzip file from `start` on. */
function unpacked(path: string, start: number): Readable {
  let skipped = 0
  const skip = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const from = Math.min(chunk.length, start - skipped)
      skipped += from
      done(null, from === chunk.length ? undefined : chunk.subarray(from))
    },
  })
  return pipeline(createReadStream(path), createGunzip(), skip, () => {})
}
