import { problemOf } from '../api-client/problem-error.ts'
import { useToasts } from '../ui/toast-context.ts'
import type { NotebookSession } from './notebook-session.ts'

/** Puts files into a notebook, each with a cell that shows it. */
export function useAddFiles(session: NotebookSession): (files: readonly File[]) => void {
  const toasts = useToasts()
  const add = async (file: File): Promise<void> => {
    try {
      const { name, kept } = session.addFile(file)
      if (await kept) return
      const text = `This browser has no room to keep ${file.name}: ${name} is gone when the page is closed.`
      toasts.show({ text, tone: 'failed' })
    } catch (error) {
      const { detail, hint = '' } = problemOf(error)
      toasts.show({ text: `${detail} ${hint}`, tone: 'failed' })
    }
  }
  return files => {
    for (const file of files) void add(file)
  }
}
