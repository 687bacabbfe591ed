import type { QueryRequest } from '../../../backend/contract/query.ts'
import { newQueryId, type QueryClient } from '../api-client/query-client.ts'
import { readResult } from './arrow-result.ts'
import { csvHeader, csvRows, jsonRows } from './export-text.ts'
import { type Bytes, isWhole, type Result } from './result.ts'

export type ExportQuery = Pick<QueryRequest, 'sql' | 'params' | 'engine'>
export type ExportFormat = 'csv' | 'json' | 'arrow'

export interface ExportRequest {
  readonly format: ExportFormat
  readonly query: ExportQuery
  /** What is here already: when it is the whole, nothing is asked again. */
  readonly result: Result
  readonly queries: QueryClient
  readonly signal: AbortSignal
  /** Told how many rows the file has by now. */
  readonly onRows: (rows: number) => void
}

const mediaTypes: Record<ExportFormat, string> = {
  csv: 'text/csv',
  json: 'application/json',
  arrow: 'application/vnd.apache.arrow.stream',
}
const endOfStream = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0])
const noExtent = { rowsTotal: null, cutBy: null }

/** The whole result as a file, whatever part of it is on the page. */
export async function exportResult(request: ExportRequest): Promise<Blob> {
  const writer = new ExportWriter(request.format)
  if (isWhole(request.result)) writer.write(request.result)
  else await streamInto(writer, request)
  return writer.finish()
}

async function streamInto(writer: ExportWriter, request: ExportRequest): Promise<void> {
  const { queries, query, signal } = request
  const heads: Bytes[] = []
  let rows = 0
  await queries.run(
    { ...query, id: newQueryId() },
    {
      signal,
      onMessage: ({ kind, bytes }) => {
        if (kind !== 'batch') {
          heads.push(bytes)
          writer.writeHead(bytes)
          return
        }
        const batch = readResult([...heads, bytes], noExtent)
        writer.write({ ...batch, source: [bytes] })
        rows += batch.rows
        request.onRows(rows)
      },
    },
  )
}

/** Collects the parts of a file; the browser keeps what is written outside the page's memory. */
class ExportWriter {
  private readonly format: ExportFormat
  private parts: BlobPart[] = []
  private isFirst = true
  private isHeaded = false

  constructor(format: ExportFormat) {
    this.format = format
  }

  writeHead(bytes: Bytes): void {
    if (this.format === 'arrow') this.parts.push(new Blob([bytes]))
  }

  write(result: Result): void {
    if (this.format === 'arrow') {
      this.parts.push(new Blob([...result.source]))
      return
    }
    if (this.format === 'csv' && !this.isHeaded) this.parts.push(csvHeader(result.columns))
    this.isHeaded = true
    const text = this.format === 'csv' ? csvRows(result) : jsonRows(result, this.isFirst)
    if (result.rows > 0) this.isFirst = false
    this.parts.push(new Blob([text]))
  }

  finish(): Blob {
    if (this.format === 'json') this.parts = ['[\n', ...this.parts, '\n]\n']
    if (this.format === 'arrow') this.parts.push(endOfStream)
    return new Blob(this.parts, { type: mediaTypes[this.format] })
  }
}
