const prefix = 'millrace/page/'

/** Names this page among those that are open, by locks that end with them. */
export function openPages(): { own: string; live: () => Promise<ReadonlySet<string>> } {
  const own = crypto.getRandomValues(new Uint32Array(2)).join('')
  // Locks are there on https and on loopback; elsewhere every draft is taken for an abandoned one.
  const { locks } = navigator as { locks?: LockManager }
  void locks?.request(prefix + own, () => new Promise(() => {}))
  return {
    own,
    async live() {
      const { held = [] } = (await locks?.query()) ?? {}
      const names = held.map(({ name = '' }) => name)
      return new Set(
        names.filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length)),
      )
    },
  }
}
