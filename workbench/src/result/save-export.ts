import { isAbort, problemOf } from '../api-client/problem-error.ts'
import type { Clock } from '../base/clock.ts'
import type { Toasts } from '../ui/toasts.ts'
import { type ExportRequest, exportResult } from './export-result.ts'

export interface SaveExportParts {
  readonly toasts: Toasts
  readonly clock: Clock
  save(blob: Blob, fileName: string): void
}

const tellEveryMs = 500

/** Saves the whole result as a file. What takes long says how far it is, and can be cancelled. */
export async function saveExport(
  { fileName, ...request }: Omit<ExportRequest, 'signal' | 'onRows'> & { fileName: string },
  { toasts, clock, save }: SaveExportParts,
): Promise<void> {
  const abort = new AbortController()
  let rows = 0
  let toast: number | null = null
  const tell = (): void => {
    const text = `Exporting ${fileName} … ${rowsText(rows, request.result.rowsTotal)}`
    const action = { label: 'Cancel', run: () => abort.abort() }
    if (toast === null) toast = toasts.show({ text, action, isLasting: true })
    else toasts.restate(toast, text)
    callOff = clock.after(tellEveryMs, tell)
  }
  let callOff = clock.after(tellEveryMs, tell)
  const onRows = (count: number): void => {
    rows = count
  }
  try {
    save(await exportResult({ ...request, signal: abort.signal, onRows }), fileName)
  } catch (error) {
    toasts.show(
      isAbort(error) ? { text: `The export of ${fileName} was cancelled` } : failed(error),
    )
  } finally {
    callOff()
    if (toast !== null) toasts.close(toast)
  }
}

function rowsText(rows: number, rowsTotal: number | null): string {
  const count = rows.toLocaleString('en')
  return rowsTotal === null ? `${count} rows` : `${count} of ${rowsTotal.toLocaleString('en')} rows`
}

function failed(error: unknown): { text: string; tone: 'failed' } {
  const { detail, hint } = problemOf(error)
  return { text: ['The export failed:', detail, hint].filter(Boolean).join(' '), tone: 'failed' }
}
