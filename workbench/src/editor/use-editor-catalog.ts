import { useEffect } from 'react'
import { useStore } from '../base/use-store.ts'
import { useCatalogStore } from '../catalog/catalog-context.ts'
import { whenMonacoIsLoaded } from './load-monaco.ts'
import { emptyCatalog, SqlCatalog, type SqlTable } from './sql-catalog.ts'

/** Tells the editor which tables, functions and keywords there are, as far as it is loaded. */
export function useEditorCatalog(local: readonly SqlTable[]): void {
  const { catalog } = useStore(useCatalogStore().view)
  useEffect(() => {
    if (!catalog) return
    const known = new SqlCatalog(catalog, local)
    return whenMonacoIsLoaded(({ sqlSupport }) => sqlSupport.setCatalog(known))
  }, [catalog, local])
}

/** The keywords that statements are coloured by without the editor. */
export function useKeywords(): ReadonlySet<string> {
  const { catalog } = useStore(useCatalogStore().view)
  return catalog ? keywordsOf(catalog) : emptyCatalog.keywords
}

const known = new WeakMap<object, ReadonlySet<string>>()

function keywordsOf(catalog: { readonly keywords: readonly string[] }): ReadonlySet<string> {
  const words = known.get(catalog) ?? new Set(catalog.keywords.map(word => word.toUpperCase()))
  known.set(catalog, words)
  return words
}
