const key = 'millrace/last-notebook'

/** The notebook that this browser had open last. */
export const lastNotebook = {
  get: (): string | null => localStorage.getItem(key),
  set(name: string): void {
    localStorage.setItem(key, name)
  },
}
