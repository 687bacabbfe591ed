import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { fileEndings } from './dropped-file.ts'
import styles from './sources.module.css'

interface FileDropProps {
  className?: string | undefined
  onFiles: (files: readonly File[]) => void
  children: ReactNode
}

/** Takes files that are dropped on what it holds. */
export function FileDrop({ className, onFiles, children }: FileDropProps) {
  const [isOver, setOver] = useState(false)
  const holdsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes('Files')
  const over = (event: DragEvent): void => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    setOver(true)
  }
  const leave = ({ currentTarget, relatedTarget }: DragEvent): void => {
    if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false)
  }
  const drop = (event: DragEvent): void => {
    if (!holdsFiles(event)) return
    event.preventDefault()
    setOver(false)
    onFiles([...event.dataTransfer.files])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside does the same for the keyboard
    <div
      className={className}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={leave}
      onDrop={drop}
    >
      {children}
      {isOver && (
        <div className={styles.over}>
          <p>
            <FileUp size={18} aria-hidden /> Drop it to read it here. It stays in this browser.
          </p>
        </div>
      )}
    </div>
  )
}

/** Opens the browser's dialog for files. */
export function FileButton({ onFiles }: Pick<FileDropProps, 'onFiles'>) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button icon={<FileUp size={14} />} onClick={() => input.current?.click()}>
        File
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label="Files to read in this notebook"
        accept={fileEndings.join()}
        onChange={event => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}
