import type { DocumentKind } from '../api-client/document-client.ts'
import { useDashboards } from '../dashboard/dashboard-context.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'

/** Lets go of what the page holds of a document that is not under this name any more. */
export function useForget(kind: DocumentKind): (name: string) => void {
  const notebooks = useNotebooks()
  const dashboards = useDashboards()
  return name => (kind === 'notebooks' ? notebooks : dashboards).forget(name)
}
