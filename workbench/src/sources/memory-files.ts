import type { DroppedFile } from './dropped-file.ts'
import type { FileStore } from './file-store.ts'

/** Files in memory, for tests. */
export class MemoryFiles implements FileStore {
  private readonly notebooks = new Map<string, readonly DroppedFile[]>()

  list(notebook: string): Promise<DroppedFile[]> {
    return Promise.resolve([...(this.notebooks.get(notebook) ?? [])])
  }

  async put(notebook: string, file: DroppedFile): Promise<void> {
    await this.remove(notebook, file.name)
    this.notebooks.set(notebook, [...(await this.list(notebook)), file])
  }

  async remove(notebook: string, name: string): Promise<void> {
    const files = await this.list(notebook)
    this.notebooks.set(
      notebook,
      files.filter(file => file.name !== name),
    )
  }

  removeAll(notebook: string): Promise<void> {
    this.notebooks.delete(notebook)
    return Promise.resolve()
  }

  async rename(notebook: string, to: string): Promise<void> {
    this.notebooks.set(to, await this.list(notebook))
    this.notebooks.delete(notebook)
  }
}
