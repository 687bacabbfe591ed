import type { DocumentAddress, DocumentClient } from '../api-client/document-client.ts'
import { ProblemError } from '../api-client/problem-error.ts'

/**
 * Creates a document under a name like the wished one that is free; gives the name it got.
 * @param taken names that are known not to be free, and need not be tried
 */
export async function createDocument(
  client: DocumentClient,
  wishedName: string,
  { kind, text }: { kind: DocumentAddress['kind']; text: string },
  taken: ReadonlySet<string> = new Set(),
): Promise<string> {
  for (let number = 1; number < 100 + taken.size; number += 1) {
    const name = number === 1 ? wishedName : `${wishedName}-${number}`
    if (taken.has(name)) continue
    const answer = await client.write({ kind, name }, text, 'nothing')
    if ('saved' in answer) return name
  }
  throw new ProblemError({
    type: 'about:blank',
    title: 'No free name',
    status: 0,
    code: 'page',
    detail: `All names like ${wishedName} are taken.`,
    retryable: false,
  })
}
