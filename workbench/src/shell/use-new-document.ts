import { useLocation } from 'wouter'
import type { DocumentKind } from '../api-client/document-client.ts'
import { problemOf } from '../api-client/problem-error.ts'
import { useDocumentParts } from '../document/document-context.ts'
import { useToasts } from '../ui/toast-context.ts'

const titles = { notebooks: 'Untitled notebook', dashboards: 'Untitled dashboard' }
const texts: Record<DocumentKind, (title: string) => string> = {
  notebooks: title =>
    `---\ntitle: ${title}\n---\n\n\`\`\`sql name=first\nSELECT * FROM events ORDER BY event_time DESC LIMIT 100\n\`\`\`\n`,
  dashboards: title => `${JSON.stringify({ title, tiles: [] }, null, 2)}\n`,
}

/** Makes a document and opens it. */
export function useNewDocument(): (kind: DocumentKind) => void {
  const { documents } = useDocumentParts()
  const toasts = useToasts()
  const [, go] = useLocation()
  return kind => {
    const title = titles[kind]
    documents.create(kind, title, texts[kind](title)).then(
      name => go(`/${kind}/${encodeURIComponent(name)}`),
      error => toasts.show({ text: problemOf(error).detail, tone: 'failed' }),
    )
  }
}
