/** What REES46 measured, and the SQL that measures the same over the table `events`, or over `steps` or `sessions`. */
export interface Figure {
  readonly name: string
  readonly target: number
  /** How far off it may be, relative to the target. */
  readonly tolerance?: number
  readonly sql: string
}

/** Views over `events`: each event with the one before it in its session, and what each session holds. */
export const views = [
  `CREATE TABLE steps AS SELECT *,
     lag(product_id) OVER visit AS product_before,
     lag(category_id) OVER visit AS category_before,
     epoch_ms(event_time) - epoch_ms(lag(event_time) OVER visit) AS gap_ms
   FROM events WINDOW visit AS (PARTITION BY user_session ORDER BY event_time)`,
  `CREATE TABLE sessions AS SELECT count(*) AS events,
     bool_or(event_type = 'view') AS has_view,
     bool_or(event_type = 'cart') AS has_cart,
     bool_or(event_type = 'purchase') AS has_purchase
   FROM events GROUP BY user_session`,
  `CREATE TABLE ranked AS SELECT count(*) AS events,
     row_number() OVER (ORDER BY count(*) DESC) AS place, count(*) OVER () AS products
   FROM events GROUP BY product_id`,
] as const

export const figures: readonly Figure[] = [
  { name: 'views, %', target: 94.9, sql: percentOfEvents("event_type = 'view'") },
  { name: 'carts, %', target: 3.6, sql: percentOfEvents("event_type = 'cart'") },
  { name: 'purchases, %', target: 1.5, sql: percentOfEvents("event_type = 'purchase'") },
  {
    name: 'events without category_code, %',
    target: 32,
    sql: percentOfEvents('category_code IS NULL'),
  },
  { name: 'events without brand, %', target: 14, sql: percentOfEvents('brand IS NULL') },
  {
    name: 'events in electronics, %',
    target: 36,
    sql: percentOfEvents("category_code LIKE 'electronics.%'"),
  },
  { name: 'price p50', target: 165, sql: 'SELECT quantile_disc(price, 0.5) FROM events' },
  { name: 'price p90', target: 758, sql: 'SELECT quantile_disc(price, 0.9) FROM events' },
  { name: 'price p99', target: 1682, sql: 'SELECT quantile_disc(price, 0.99) FROM events' },
  { name: 'price max', target: 2574, sql: 'SELECT max(price) FROM events' },
  { name: 'events at price zero, %', target: 0.3, sql: percentOfEvents('price = 0') },
  { name: 'events per session, mean', target: 4.9, sql: 'SELECT avg(events) FROM sessions' },
  {
    name: 'events per session, p50',
    target: 2,
    sql: 'SELECT quantile_disc(events, 0.5) FROM sessions',
  },
  {
    name: 'events per session, p90',
    target: 11,
    sql: 'SELECT quantile_disc(events, 0.9) FROM sessions',
  },
  {
    name: 'events per session, p99',
    target: 36,
    sql: 'SELECT quantile_disc(events, 0.99) FROM sessions',
  },
  {
    name: 'sessions with a view: with a cart, %',
    target: 12.7,
    sql: percentOfSessions('has_cart', 'has_view'),
  },
  {
    name: 'sessions with a cart: with a purchase, %',
    target: 44,
    sql: percentOfSessions('has_purchase', 'has_cart'),
  },
  {
    name: 'sessions with a purchase: without a cart, %',
    target: 16,
    sql: percentOfSessions('NOT has_cart', 'has_purchase'),
  },
  {
    name: 'gap in session p50, s',
    target: 33,
    sql: 'SELECT quantile_disc(gap_ms, 0.5) / 1000 FROM steps',
  },
  {
    name: 'gap in session p90, s',
    target: 115,
    sql: 'SELECT quantile_disc(gap_ms, 0.9) / 1000 FROM steps',
  },
  {
    name: 'next event on the same product, %',
    target: 34,
    sql: percentOfSteps('product_id = product_before'),
  },
  {
    name: 'next event in the same category, %',
    target: 88,
    sql: percentOfSteps('category_id = category_before'),
  },
  { name: 'events on the top 1 % of products, %', target: 18, sql: percentOnTop(0.01) },
  { name: 'events on the top 10 % of products, %', target: 46, sql: percentOnTop(0.1) },
  { name: 'events on the top 20 % of products, %', target: 60, sql: percentOnTop(0.2) },
  {
    name: 'events from 00 to 01 UTC, %',
    target: 0.7,
    sql: percentOfEvents('hour(event_time) = 0'),
  },
  ...[5, 6, 7, 8, 9, 10, 11, 12, 13].map(plateauHour),
  {
    name: 'events from 15 to 16 UTC, %',
    target: 7.3,
    sql: percentOfEvents('hour(event_time) = 15'),
  },
  {
    name: 'events from 23 to 24 UTC, %',
    target: 0.4,
    sql: percentOfEvents('hour(event_time) = 23'),
  },
]

function plateauHour(hour: number): Figure {
  return {
    name: `events in hour ${hour} UTC, %`,
    target: 5.5,
    sql: percentOfEvents(`hour(event_time) = ${hour}`),
  }
}

function percentOfEvents(condition: string): string {
  return `SELECT 100 * avg(coalesce(${condition}, false)::INT) FROM events`
}

function percentOfSessions(condition: string, base: string): string {
  return `SELECT 100 * avg(coalesce(${condition}, false)::INT) FROM sessions WHERE ${base}`
}

function percentOfSteps(condition: string): string {
  return `SELECT 100 * avg(coalesce(${condition}, false)::INT) FROM steps WHERE gap_ms IS NOT NULL`
}

function percentOnTop(share: number): string {
  return `SELECT 100 * sum(events) FILTER (place <= products * ${share}) / sum(events) FROM ranked`
}
