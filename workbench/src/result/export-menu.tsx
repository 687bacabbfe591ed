import type { ReactNode } from 'react'
import type { QueryClient } from '../api-client/query-client.ts'
import { systemClock } from '../base/clock.ts'
import { Button } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useToasts } from '../ui/toast-context.ts'
import { download } from './download.ts'
import type { ExportFormat, ExportQuery } from './export-result.ts'
import type { Result } from './result.ts'
import { saveExport } from './save-export.ts'

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
  const save = (format: ExportFormat, ending: string): Promise<void> =>
    saveExport(
      { format, query, result, queries, fileName: `${name}.${ending}` },
      { toasts, clock: systemClock, save: download },
    )
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
