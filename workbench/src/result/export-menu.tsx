import type { ReactNode } from 'react'
import { problemOf } from '../api-client/problem-error.ts'
import type { QueryClient } from '../api-client/query-client.ts'
import { Button } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { download } from './download.ts'
import { type ExportFormat, type ExportQuery, exportResult } from './export-result.ts'
import type { Result } from './result.ts'

interface ExportMenuProps {
  result: Result
  /** What is asked for when the result is not here as a whole, and where. */
  query: ExportQuery
  queries: QueryClient
  name: string
  icon: ReactNode
}

const formats: readonly { format: ExportFormat; label: string; ending: string }[] = [
  { format: 'csv', label: 'CSV', ending: 'csv' },
  { format: 'json', label: 'JSON', ending: 'json' },
  { format: 'arrow', label: 'Arrow', ending: 'arrows' },
]

/** The whole result as a file, also where the page has only its first rows. */
export function ExportMenu({ result, query, queries, name, icon }: ExportMenuProps) {
  const toasts = useToasts()
  const save = async (format: ExportFormat, ending: string): Promise<void> => {
    const { signal } = new AbortController()
    try {
      const blob = await exportResult({
        format,
        query,
        result,
        queries,
        signal,
        onRows: () => {},
      })
      download(blob, `${name}.${ending}`)
    } catch (error) {
      toasts.show({ text: `The export failed: ${problemOf(error).detail}`, tone: 'failed' })
    }
  }
  return (
    <Menu
      trigger={
        <Button look="quiet" icon={icon}>
          Export
        </Button>
      }
    >
      {formats.map(({ format, label, ending }) => (
        <MenuItem key={format} detail={`.${ending}`} onSelect={() => void save(format, ending)}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}
