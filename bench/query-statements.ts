/** What analysts ask of a shop's events. */
export const queryStatements: Readonly<Record<string, string>> = {
  count: 'SELECT count(*) AS n FROM events',
  types: 'SELECT event_type, count(*) AS n FROM events GROUP BY 1 ORDER BY 2 DESC',
  hours:
    "SELECT date_trunc('hour', event_time) AS hour, count(*) AS n, sum(price) AS value FROM events GROUP BY 1 ORDER BY 1",
  brands:
    "SELECT brand, sum(price) AS revenue FROM events WHERE event_type = 'purchase' GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
  users: 'SELECT count(DISTINCT user_id) AS n FROM events',
  sessions:
    'SELECT brand, count(DISTINCT user_session) AS n FROM events GROUP BY 1 ORDER BY 2 DESC LIMIT 20',
  funnel: `
    WITH s AS (SELECT user_session, max((event_type = 'view')::INT) AS v, max((event_type = 'cart')::INT) AS c,
      max((event_type = 'purchase')::INT) AS p FROM events GROUP BY 1)
    SELECT sum(v) AS viewed, sum(c) AS carted, sum(p) AS bought FROM s`,
  lengths: `
    SELECT avg(epoch(last - first)) AS seconds, max(n) AS longest
    FROM (SELECT min(event_time) AS first, max(event_time) AS last, count(*) AS n FROM events GROUP BY user_session)`,
  rfm: `
    SELECT user_id, max(event_time) AS recency, count(*) AS frequency, sum(price) AS monetary
    FROM events WHERE event_type = 'purchase' GROUP BY 1 ORDER BY 4 DESC LIMIT 100`,
  top3: `
    SELECT category_code, product_id, n FROM
      (SELECT category_code, product_id, count(*) AS n FROM events GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY category_code ORDER BY n DESC, product_id) <= 3`,
  percentiles:
    'SELECT category_code, quantile_cont(price, [0.5, 0.9, 0.99]) AS q FROM events GROUP BY 1 ORDER BY 1',
  rows: 'SELECT event_time, event_type, product_id, price, user_id, user_session FROM events LIMIT 500000',
}
