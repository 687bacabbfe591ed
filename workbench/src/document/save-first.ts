import { ProblemError } from '../api-client/problem-error.ts'
import type { DocumentState } from './document-state.ts'
import type { OpenDocument } from './open-document.ts'

/**
 * Saves what a page or a draft holds of a document, before its file is renamed or deleted.
 * @throws ProblemError when the server has not got it: it would be lost
 */
export async function saveFirst(document: OpenDocument): Promise<void> {
  if (!document.current) await document.load()
  if (!document.current || (await document.saveNow())) return
  const { name } = document.address
  throw new ProblemError({
    ...{ type: 'about:blank', title: 'It is not saved yet', status: 0, code: 'page' },
    ...whyUnsaved(name, document.current),
    retryable: false,
  })
}

function whyUnsaved(
  name: string,
  { phase, gone }: DocumentState,
): { detail: string; hint: string } {
  if (phase.is === 'conflict') {
    const detail = `Someone else, or another tab, has saved ${name} meanwhile, and only this browser has your version.`
    return { detail, hint: 'Open it and choose what to keep; then try again.' }
  }
  const reason = phase.is === 'failed' ? ` ${phase.problem.detail}` : ''
  const detail = `Only this browser has what you typed in ${name}.${reason}`
  if (gone) return { detail, hint: 'Open it, and save it again or as a copy.' }
  return { detail, hint: 'Open it and save it; then try again.' }
}
