import { type Context, createContext, useContext } from 'react'

/** A context that has no default: reading it outside its provider is a bug. */
export function requiredContext<T>(name: string): [Context<T | null>, () => T] {
  const context = createContext<T | null>(null)
  const use = (): T => {
    const value = useContext(context)
    if (value === null) throw new Error(`${name} is used outside its provider`)
    return value
  }
  return [context, use]
}
