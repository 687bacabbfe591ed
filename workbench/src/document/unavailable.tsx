import { Link } from 'wouter'
import type { Problem } from '../../../backend/contract/problem.ts'
import { unknownDocumentCode } from '../api-client/document-client.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ProblemNotice } from '../ui/problem-notice.tsx'

interface UnavailableProps {
  kind: 'notebook' | 'dashboard'
  problem: Problem
}

/** In the place of a document that cannot be shown. */
export function Unavailable({ kind, problem }: UnavailableProps) {
  if (problem.code !== unknownDocumentCode) return <ProblemNotice problem={problem} />
  return (
    <EmptyState
      title={`There is no such ${kind}`}
      action={<Link href="/">Go to the first notebook</Link>}
    >
      It may have been renamed or deleted.
    </EmptyState>
  )
}
