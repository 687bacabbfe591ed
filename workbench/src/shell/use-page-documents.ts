import { useDashboards } from '../dashboard/dashboard-context.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { useNotebooks } from '../notebook/notebook-context.ts'
import type { PageDocuments } from './page-documents.ts'

export function usePageDocuments(): PageDocuments {
  const { documents, client } = useDocumentParts()
  return { documents, client, notebooks: useNotebooks(), dashboards: useDashboards() }
}
