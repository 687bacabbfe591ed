import { useLocation } from 'wouter'
import { problemOf } from '../api-client/problem-error.ts'
import { useToasts } from '../ui/toast-context.ts'
import { useDocumentParts } from './document-context.ts'
import type { OpenDocument } from './open-document.ts'

/** Saves what is here under a free name; when nothing stays here, the copy is opened. */
export function useSaveCopy(document: OpenDocument): () => Promise<void> {
  const { documents } = useDocumentParts()
  const toasts = useToasts()
  const [, go] = useLocation()
  return async () => {
    try {
      const name = await document.saveMineAsCopy()
      toasts.show({ text: `Yours is saved as ${name}` })
      if (!document.current) go(`/${document.address.kind}/${encodeURIComponent(name)}`)
      void documents.refresh()
    } catch (error) {
      const { detail, hint = '' } = problemOf(error)
      toasts.show({ text: `${detail} ${hint}`, tone: 'failed' })
    }
  }
}
