import { useMemo } from 'react'
import type { Dashboard } from '../../../backend/contract/documents.ts'
import { useStore } from '../base/use-store.ts'
import { DocumentNotice } from '../document/document-notice.tsx'
import type { OpenDocument } from '../document/open-document.ts'
import { Unavailable } from '../document/unavailable.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useDashboards } from './dashboard-context.ts'
import {
  type DashboardEvent,
  parseDashboard,
  reduceDashboard,
  serialiseDashboard,
} from './dashboard-file.ts'
import styles from './dashboard-page.module.css'
import { DashboardView } from './dashboard-view.tsx'

export function DashboardPage({ name }: { name: string }) {
  const document = useDashboards().open(name)
  const view = useStore(document.view)
  if (view.state === 'loading') return null
  if (view.state === 'unavailable') return <Unavailable kind="dashboard" problem={view.problem} />
  return (
    <div className={styles.page}>
      <DocumentNotice document={document} state={view.document} />
      <OpenDashboard document={document} text={view.document.text} />
    </div>
  )
}

function OpenDashboard({ document, text }: { document: OpenDocument; text: string }) {
  const parsed = useMemo(() => parseDashboard(text), [text])
  if ('problem' in parsed) {
    return (
      <EmptyState title="This file is no dashboard">
        {`${document.address.name}.dashboard.json cannot be shown: ${parsed.problem}. It is left as it is; mend it with an editor.`}
      </EmptyState>
    )
  }
  const apply = (event: DashboardEvent): void => {
    const current = latest(document) ?? parsed.dashboard
    const next = reduceDashboard(current, event)
    if (next !== current) document.edit(serialiseDashboard(next))
  }
  return <DashboardView dashboard={parsed.dashboard} apply={apply} />
}

/** The dashboard as the document holds it now, which may be newer than what is drawn. */
function latest(document: OpenDocument): Dashboard | null {
  const parsed = parseDashboard(document.current?.text ?? '')
  return 'dashboard' in parsed ? parsed.dashboard : null
}
