import type { Category } from './categories.ts'
import type { Product } from './products.ts'
import type { Random } from './random.ts'
import { WeightedChoice } from './weighted-choice.ts'

/** Some products, to draw from by how popular they are. */
class Shelf {
  readonly #products: readonly Product[]
  readonly #choice: WeightedChoice

  constructor(products: readonly Product[]) {
    this.#products = products
    this.#choice = new WeightedChoice(products.map(product => product.weight))
  }

  draw(random: Random): Product {
    return this.#products[this.#choice.draw(random)] as Product
  }
}

/** All products of the shop, as visitors come upon them. */
export class ProductRange {
  readonly products: readonly Product[]
  readonly #all: Shelf
  readonly #byCategory: ReadonlyMap<Category, Shelf>

  constructor(products: readonly Product[]) {
    this.products = products
    this.#all = new Shelf(products)
    const categories = new Set(products.map(product => product.category))
    this.#byCategory = new Map(
      Array.from(categories, category => [
        category,
        new Shelf(products.filter(product => product.category === category)),
      ]),
    )
  }

  drawAny(random: Random): Product {
    return this.#all.draw(random)
  }

  drawFromCategoryOf({ category }: Product, random: Random): Product {
    return (this.#byCategory.get(category) ?? this.#all).draw(random)
  }
}
