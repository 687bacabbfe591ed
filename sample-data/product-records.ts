import type { Product } from './products.ts'
import type { ShopRecord } from './shop-record.ts'

const weekMs = 7 * 86_400_000
const uploadCount = 8
const gapInUploadMs = 20

/** The products by their ids, as eight weekly uploads listed them, the last one a week before `until`. */
export function* productRecords(
  products: readonly Product[],
  until: number,
): Generator<ShopRecord> {
  const uploadSize = Math.ceil(products.length / uploadCount)
  const byId = products.toSorted((a, b) => a.id - b.id)
  for (const [index, product] of byId.entries()) {
    const upload = Math.floor(index / uploadSize)
    const startedAt = until - (uploadCount - upload) * weekMs
    yield productRecord(product, startedAt + (index % uploadSize) * gapInUploadMs)
  }
}

function productRecord(product: Product, listedAt: number): ShopRecord {
  const { id, name, category, brand, price } = product
  const place = `"category_id":${category.id},"category_code":${JSON.stringify(category.code)}`
  const offer = `"brand":${JSON.stringify(brand)},"price":${price}`
  const time = `"listed_at":"${new Date(listedAt).toISOString()}"`
  const json = `{"product_id":${id},"name":${JSON.stringify(name)},${place},${offer},${time}}`
  return { key: String(id), value: Buffer.from(json) }
}
