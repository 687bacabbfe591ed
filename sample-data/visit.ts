import type { ProductRange } from './product-range.ts'
import type { Product } from './products.ts'
import type { Random } from './random.ts'

export type EventType = 'view' | 'cart' | 'purchase'

/** A user's session while it lasts. */
export interface Visit {
  readonly userKey: string
  /** Which visit it is, counted from 0. */
  readonly session: number
  product: Product
  eventType: EventType
  hasCart: boolean
  hasPurchase: boolean
  eventsLeft: number
}

/** After a view in electronics: how likely the product goes into the cart next. */
const cartAfterView = 0.11
/** How much of that is left once the session has a cart. */
const cartAgain = 0.8
const purchaseAfterCart = 0.43
/** How much of that is left once the session has a purchase. */
const purchaseAgain = 0.5
/** After a view without any cart in the session, against the chance of a cart. */
const purchaseWithoutCart = 0.12
/** When the next event is a view: of the same product, or else of its category. */
const viewSameProduct = 0.265
const viewSameCategory = 0.595

/** Moves the visit on by one event: what its user does next, and with which product. */
export function advanceVisit(visit: Visit, range: ProductRange, random: Random): void {
  const chance = random.unit()
  const purchase = purchaseAfterCart * (visit.hasPurchase ? purchaseAgain : 1)
  if (visit.eventType === 'cart' && chance < purchase) {
    buy(visit)
    return
  }
  if (visit.eventType === 'view') {
    const cart = cartAfterView * visit.product.category.cartAppeal * (visit.hasCart ? cartAgain : 1)
    if (chance < cart) {
      visit.eventType = 'cart'
      visit.hasCart = true
      return
    }
    if (!visit.hasCart && chance < cart * (1 + purchaseWithoutCart)) {
      buy(visit)
      return
    }
  }
  visit.eventType = 'view'
  visit.product = nextProduct(visit.product, range, random)
}

function buy(visit: Visit): void {
  visit.eventType = 'purchase'
  visit.hasPurchase = true
}

function nextProduct(product: Product, range: ProductRange, random: Random): Product {
  const chance = random.unit()
  if (chance < viewSameProduct) return product
  if (chance < viewSameProduct + viewSameCategory) return range.drawFromCategoryOf(product, random)
  return range.drawAny(random)
}
