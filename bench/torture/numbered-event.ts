/** What an event holds follows from its number, so that what a statement must answer follows from the numbers it saw. */

export const eventTypes = ['cart', 'purchase', 'view'] as const
export const dayCount = 3
export const priceCount = 1_000
const firstDay = Date.UTC(2026, 0, 1)
const dayMs = 86_400_000

export function eventOf(id: number, userId: number): string {
  const time = new Date(firstDay + (id % dayCount) * dayMs + ((id * 1_000) % dayMs)).toISOString()
  const type = eventTypes[id % eventTypes.length]
  const price = (id % priceCount) / 4
  return `{"event_time":"${time}","event_type":"${type}","product_id":${id},"price":${price},"user_id":${userId}}`
}

/** A value that is no JSON, each another one. */
export function deadLetterOf(id: number): string {
  return `no event ${id}`
}
