import { requiredContext } from '../base/required-context.ts'
import type { CatalogStore } from './catalog-store.ts'

export const [CatalogContext, useCatalogStore] = requiredContext<CatalogStore>('CatalogStore')
