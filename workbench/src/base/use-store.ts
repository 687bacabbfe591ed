import { useCallback, useSyncExternalStore } from 'react'
import type { Readable } from './store.ts'

export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Watches a part of a store. `select` must give the same reference for the same value. */
export function useSelected<T, S>(store: Readable<T>, select: (value: T) => S): S {
  const read = useCallback(() => select(store.get()), [store, select])
  return useSyncExternalStore(store.subscribe, read)
}
