import { NotebookText } from 'lucide-react'
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { useStore } from '../base/use-store.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ProblemNotice } from '../ui/problem-notice.tsx'
import { lastNotebook } from './last-notebook.ts'
import { useNewDocument } from './use-new-document.ts'

/** Leads to the notebook that was open last, or to the first one; without any it offers to make one. */
export function Home() {
  const { documents } = useDocumentParts()
  const { list, problem } = useStore(documents.view)
  const [, go] = useLocation()
  const create = useNewDocument()
  const names = list?.notebooks.map(({ name }) => name) ?? []
  const last = lastNotebook.get()
  const target = names.find(name => name === last) ?? firstOf(names)
  useEffect(() => {
    if (target) go(`/notebooks/${encodeURIComponent(target)}`, { replace: true })
  }, [target, go])
  if (problem && !list) return <ProblemNotice problem={problem} />
  if (!list || target) return null
  return (
    <EmptyState
      icon={<NotebookText size={28} />}
      title="No notebook yet"
      action={
        <Button look="primary" onClick={() => create('notebooks')}>
          New notebook
        </Button>
      }
    >
      A notebook holds SQL and text, and keeps both in a Markdown file.
    </EmptyState>
  )
}

/** The sample that is meant to be seen first comes first. */
function firstOf(names: readonly string[]): string | undefined {
  return names.find(name => name === 'store-overview') ?? names[0]
}
