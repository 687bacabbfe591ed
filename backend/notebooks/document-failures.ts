import { Failure, isFailure, messageOf, storageFailure } from '../base/failure.ts'

/** How failures speak of a document, such as `notebook "sales"`. */
export interface Named {
  readonly noun: string
  readonly name: string
}

export function unknownDocument({ noun, name }: Named): Failure {
  return new Failure('unknown-document', `There is no ${noun} "${name}".`)
}

export function takenName({ noun, name }: Named): Failure {
  return new Failure('document-exists', `There is a ${noun} "${name}" already.`, {
    hint: 'Choose another name.',
  })
}

/** @param current the version that is there, for the one who lost to choose from */
export function changedMeanwhile(
  { noun, name }: Named,
  current: { readonly text: string; readonly etag: string },
): Failure {
  return new Failure('document-changed', `The ${noun} "${name}" was changed meanwhile.`, {
    hint: 'Nothing was overwritten. Look at both versions and keep what you need.',
    extra: { ...current },
  })
}

export function noUtf8({ noun, name }: Named): Failure {
  return new Failure('document-unreadable', `The ${noun} "${name}" is no UTF-8 text.`, {
    hint: 'Its file is left as it is: convert it with an editor.',
  })
}

export function unreadable({ noun, name }: Named, cause: unknown): Failure {
  const detail = `The ${noun} "${name}" cannot be read: ${messageOf(cause)}.`
  return new Failure('document-unreadable', detail, { cause })
}

export function unreadableFolder(cause: unknown): Failure {
  const detail = `The folder of the documents cannot be read: ${messageOf(cause)}.`
  const hint = 'MILLRACE_NOTEBOOKS is to name a folder that Millrace may read.'
  return new Failure('document-unreadable', detail, { hint, cause })
}

/** The failure that an error of the file system under a change stands for; anything else passes unchanged. */
export function unwritable({ noun, name }: Named, error: unknown): unknown {
  const named = storageFailure(error, `saving the ${noun} "${name}"`)
  if (isFailure(named) || (error as NodeJS.ErrnoException).code === undefined) return named
  const detail = `The ${noun} "${name}" cannot be changed: ${messageOf(error)}.`
  const hint = 'MILLRACE_NOTEBOOKS is to name a folder that Millrace may write.'
  return new Failure('document-unwritable', detail, { hint, cause: error })
}
