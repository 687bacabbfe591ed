import type { DocumentClient } from '../api-client/document-client.ts'
import { requiredContext } from '../base/required-context.ts'
import type { Documents } from './document-list.ts'

export interface DocumentParts {
  readonly documents: Documents
  readonly client: DocumentClient
}

export const [DocumentContext, useDocumentParts] = requiredContext<DocumentParts>('DocumentParts')
