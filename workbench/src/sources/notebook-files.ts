import { Store } from '../base/store.ts'
import { checkFile, type DroppedFile, tableNameOf } from './dropped-file.ts'
import type { FileStore } from './file-store.ts'

/** The files of one notebook, in this browser. */
export class NotebookFiles {
  readonly list = new Store<readonly DroppedFile[]>([])
  /** Resolves when those that were kept are in the list. */
  readonly read: Promise<void>
  private readonly notebook: string
  private readonly store: FileStore

  constructor(notebook: string, store: FileStore) {
    this.notebook = notebook
    this.store = store
    this.read = store.list(notebook).then(
      kept => this.list.set(kept),
      () => {},
    )
  }

  /**
   * Takes a file, in place of one that it is another version of. Throws a `ProblemError` when it cannot be read.
   * `kept` tells whether it is there after the page has been closed.
   */
  add(file: File, isTaken: (name: string) => boolean): { name: string; kept: Promise<boolean> } {
    checkFile(file)
    const before = this.list.get().find(other => other.file.name === file.name)
    const isUsed = (name: string): boolean =>
      isTaken(name) || this.list.get().some(other => other.name === name)
    const name = before?.name ?? tableNameOf(file.name, isUsed)
    this.list.update(files => [...files.filter(other => other !== before), { name, file }])
    const kept = this.store.put(this.notebook, { name, file }).then(
      () => true,
      () => false,
    )
    return { name, kept }
  }

  remove(name: string): void {
    this.list.update(files => files.filter(file => file.name !== name))
    void this.store.remove(this.notebook, name).catch(() => {})
  }
}
