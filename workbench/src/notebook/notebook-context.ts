import { requiredContext } from '../base/required-context.ts'
import type { NotebookSessions } from './notebook-sessions.ts'

export const [NotebookContext, useNotebooks] = requiredContext<NotebookSessions>('NotebookSessions')
