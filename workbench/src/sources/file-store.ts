import type { DroppedFile } from './dropped-file.ts'

/** Keeps the files of notebooks for when they are opened again, in this browser. */
export interface FileStore {
  list(notebook: string): Promise<DroppedFile[]>
  put(notebook: string, file: DroppedFile): Promise<void>
  remove(notebook: string, name: string): Promise<void>
  removeAll(notebook: string): Promise<void>
  /** Has another notebook have the files, in place of those that it had. */
  rename(notebook: string, to: string): Promise<void>
}

const databaseName = 'millrace'
const storeName = 'files'

/** Files in the browser's own database, by notebook and name. */
export class StoredFiles implements FileStore {
  private opened: Promise<IDBDatabase> | null = null

  async list(notebook: string): Promise<DroppedFile[]> {
    return filesIn(await this.store('readonly'), notebook)
  }

  async put(notebook: string, { name, file }: DroppedFile): Promise<void> {
    await answerOf((await this.store('readwrite')).put(file, [notebook, name]))
  }

  async remove(notebook: string, name: string): Promise<void> {
    await answerOf((await this.store('readwrite')).delete([notebook, name]))
  }

  async removeAll(notebook: string): Promise<void> {
    await answerOf((await this.store('readwrite')).delete(rangeOf(notebook)))
  }

  async rename(notebook: string, to: string): Promise<void> {
    const store = await this.store('readwrite')
    const files = await filesIn(store, notebook)
    store.delete(rangeOf(to))
    for (const { name, file } of files) store.put(file, [to, name])
    store.delete(rangeOf(notebook))
    await endOf(store.transaction)
  }

  private async store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    this.opened ??= open()
    const database = await this.opened
    return database.transaction(storeName, mode).objectStore(storeName)
  }
}

function rangeOf(notebook: string): IDBKeyRange {
  return IDBKeyRange.bound([notebook], [notebook, []])
}

async function filesIn(store: IDBObjectStore, notebook: string): Promise<DroppedFile[]> {
  const range = rangeOf(notebook)
  const [keys, files] = await Promise.all([
    answerOf(store.getAllKeys(range)),
    answerOf(store.getAll(range) as IDBRequest<File[]>),
  ])
  return files.map((file, i) => ({ name: (keys[i] as [string, string])[1], file }))
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(storeName)
  return answerOf(request)
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** A transaction is all there, or nothing of it is. */
function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}
