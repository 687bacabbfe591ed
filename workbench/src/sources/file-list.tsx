import { FileSpreadsheet, X } from 'lucide-react'
import { useStore } from '../base/use-store.ts'
import { Hint } from '../ui/hint.tsx'
import type { NotebookFiles } from './notebook-files.ts'
import styles from './sources.module.css'

interface FileListProps {
  files: NotebookFiles
  onInsert: (name: string) => void
}

/** The files that this notebook can read here, by the names that statements call them. */
export function FileList({ files, onInsert }: FileListProps) {
  const list = useStore(files.list)
  if (list.length === 0) return null
  return (
    <ul className={styles.files} aria-label="Files in this browser">
      {list.map(({ name, file }) => (
        <li key={name} className={styles.file}>
          <Hint text={`${file.name}, ${sizeText(file.size)}. Only this browser has it.`}>
            <button type="button" className={styles.name} onClick={() => onInsert(name)}>
              <FileSpreadsheet size={13} aria-hidden /> {name}
            </button>
          </Hint>
          <button
            type="button"
            className={styles.remove}
            aria-label={`Forget ${file.name}`}
            onClick={() => files.remove(name)}
          >
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}

function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.max(1, Math.round(bytes / 2 ** 10))} KB`
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}
