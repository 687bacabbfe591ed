import { assortment, cartAppeals, uncoded } from './assortment.ts'
import type { Random } from './random.ts'

export interface Category {
  /** Decimal digits: the ids are beyond what a JavaScript number holds. */
  readonly id: string
  readonly code: string | null
  /** Of all events, relative to the other categories. */
  readonly share: number
  readonly typicalPrice: number
  readonly unbranded: number
  readonly brands: readonly string[]
  /** How readily its products go into the cart, against electronics. */
  readonly cartAppeal: number
}

export function makeCategories(random: Random): Category[] {
  const coded = assortment.map(([code, share, typicalPrice, unbranded, brands]) => ({
    id: categoryId(random),
    code,
    share,
    typicalPrice,
    unbranded,
    brands: brands.split(' '),
    cartAppeal: cartAppeals.get(code.slice(0, code.indexOf('.'))) ?? 0,
  }))
  const sizes = Array.from({ length: uncoded.categoryCount }, (_, index) => 1 / (index + 4))
  const total = sizes.reduce((sum, size) => sum + size)
  return [...coded, ...sizes.map(size => uncodedCategory((uncoded.share * size) / total, random))]
}

function uncodedCategory(share: number, random: Random): Category {
  const { typicalPriceMin, typicalPriceMax, unbranded, cartAppeal, brandsPerCategory } = uncoded
  const brands = Array.from({ length: brandsPerCategory }, () => random.pick(uncoded.brands))
  return {
    id: categoryId(random),
    code: null,
    share,
    typicalPrice: typicalPriceMin * (typicalPriceMax / typicalPriceMin) ** random.unit(),
    unbranded,
    brands: [...new Set(brands)],
    cartAppeal,
  }
}

function categoryId(random: Random): string {
  const high = String(random.below(1e5)).padStart(5, '0')
  const low = String(random.below(1e6)).padStart(6, '0')
  return `20530135${high}${low}`
}
