import { apportion } from './apportion.ts'
import { type Category, makeCategories } from './categories.ts'
import { choosePrices } from './prices.ts'
import { type Random, shuffledIndexes } from './random.ts'

export interface Product {
  readonly id: number
  readonly name: string
  readonly category: Category
  readonly brand: string | null
  /** With two decimals. */
  readonly price: string
  /** Of all events, relative to the other products. */
  readonly weight: number
  /** The columns of an event that come from its product, up to where the user's id goes. */
  readonly eventColumns: Uint8Array
}

const firstProductId = 1_000_000
const productIdStep = 37

/** The most popular first. */
export function makeProducts(count: number, random: Random): Product[] {
  const categories = makeCategories(random)
  const weights = popularityOf(count)
  const places = apportion(
    weights,
    categories.map(category => category.share),
    random,
  )
  const categoryOf = places.map(place => categories[place] as Category)
  const brands = chooseBrands(categories, places, weights, random)
  const prices = choosePrices(
    weights.map((weight, index) => ({
      weight,
      typicalPrice: (categoryOf[index] as Category).typicalPrice,
    })),
    random,
  )
  return Array.from(shuffledIndexes(count, random), (position, index) => {
    const category = categoryOf[index] as Category
    const brand = brands[index] ?? null
    const price = prices[index] as string
    const id = firstProductId + position * productIdStep + random.below(productIdStep)
    return {
      id,
      name: nameOf(category, brand, random),
      category,
      brand,
      price,
      weight: weights[index] as number,
      eventColumns: eventColumnsOf({ id, category, brand, price }),
    }
  })
}

function eventColumnsOf({
  id,
  category,
  brand,
  price,
}: Pick<Product, 'id' | 'category' | 'brand' | 'price'>): Uint8Array {
  const place = `"category_id":${category.id},"category_code":${JSON.stringify(category.code)}`
  const offer = `"brand":${JSON.stringify(brand)},"price":${price}`
  return Buffer.from(`"product_id":${id},${place},${offer},"user_id":`)
}

/**
 * Weights for the most popular product down to the least: the top `x` of them draw `exp(a ln x + b ln² x)` of all
 * events, which passes through REES46's points: 18 % for the top 1 %, 46 % for 10 %, 60 % for 20 %.
 */
function popularityOf(count: number): number[] {
  const drawnByTop = (rank: number) => {
    const log = Math.log(rank / count)
    return rank === 0 ? 0 : Math.exp(0.29 * log - 0.018 * log * log)
  }
  return Array.from({ length: count }, (_, rank) => drawnByTop(rank + 1) - drawnByTop(rank))
}

/** In each category, the leading brand sells most, and each other one this much of the one before it. */
const brandDecline = 0.68

function chooseBrands(
  categories: readonly Category[],
  places: readonly number[],
  weights: readonly number[],
  random: Random,
): (string | null)[] {
  const members: number[][] = categories.map(() => [])
  for (const [index, place] of places.entries()) members[place]?.push(index)
  const chosen: (string | null)[] = weights.map(() => null)
  for (const [place, { brands, unbranded }] of categories.entries()) {
    const inside = members[place] ?? []
    const shares = brandShares(brands.length, unbranded)
    const bins = apportion(
      inside.map(index => weights[index] as number),
      shares,
      random,
    )
    for (const [n, index] of inside.entries()) chosen[index] = brands[bins[n] as number] ?? null
  }
  return chosen
}

/** One share a brand, and a last one for products without a brand. */
function brandShares(brandCount: number, unbranded: number): number[] {
  const sizes = Array.from({ length: brandCount }, (_, place) => brandDecline ** place)
  const total = sizes.reduce((sum, size) => sum + size)
  return [...sizes.map(size => (size / total) * (1 - unbranded)), unbranded]
}

function nameOf({ code }: Category, brand: string | null, random: Random): string {
  const noun = (code?.slice(code.lastIndexOf('.') + 1) ?? 'article').replaceAll('_', ' ')
  const maker = brand === null ? '' : `${brand[0]?.toUpperCase()}${brand.slice(1)} `
  const series = String.fromCharCode(65 + random.below(26), 65 + random.below(26))
  return `${maker}${noun} ${series}-${100 + random.below(900)}`
}
