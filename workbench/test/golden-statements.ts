/**
 * What analysts ask of a shop: the same rows wherever they are asked. Where `docs/engines.md` says that engines differ, a
 * cast keeps to what they have in common.
 */
export const goldenStatements: readonly string[] = [
  // How much there is.
  'SELECT count(*) AS n FROM events',
  'SELECT event_type, count(*) AS n, sum(price) AS value FROM events GROUP BY event_type',
  'SELECT count(DISTINCT user_id) AS users, count(DISTINCT user_session) AS sessions FROM events',
  'SELECT min(event_time) AS first, max(event_time) AS last, max(event_time) - min(event_time) AS span FROM events',
  'SELECT count(*) FILTER (WHERE brand IS NULL) AS unbranded, count(brand) AS branded FROM events',
  'SELECT * FROM events ORDER BY event_time DESC, user_session LIMIT 50',
  'SELECT DISTINCT event_type FROM events',
  'FROM events SELECT brand, price WHERE price > 1000',
  // By time.
  // In the browser date_trunc answers a date, on the server a timestamp.
  "SELECT date_trunc('day', event_time)::DATE AS day, event_type, count(*) AS n FROM events GROUP BY ALL",
  'SELECT time_bucket(INTERVAL 6 HOUR, event_time) AS at, sum(price) AS value FROM events GROUP BY 1',
  'SELECT extract(hour FROM event_time) AS hour, count(*) AS n FROM events GROUP BY 1',
  "SELECT strftime(event_time, '%a') AS weekday, count(*) AS n FROM events GROUP BY 1",
  'SELECT dayname(event_time) AS name, isodow(event_time) AS nth, avg(price::DOUBLE) > 0 AS sells FROM events GROUP BY ALL',
  "SELECT CAST(event_time AS DATE) AS day, count(*) FILTER (WHERE event_type = 'purchase') AS bought FROM events GROUP BY 1",
  'WITH days AS (SELECT CAST(event_time AS DATE) AS day, count(*) AS n FROM events GROUP BY 1) SELECT day, n, n - lag(n) OVER (ORDER BY day) AS more FROM days',
  'WITH days AS (SELECT CAST(event_time AS DATE) AS day, sum(price) AS value FROM events GROUP BY 1) SELECT day, sum(value) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS three FROM days',
  "SELECT epoch_ms(max(event_time)) - epoch_ms(min(event_time)) AS ms, datediff('hour', min(event_time), max(event_time)) AS hours FROM events",
  'SELECT h.hour, count(e.user_id) AS n FROM (SELECT unnest(range(24)) AS hour) h LEFT JOIN events e ON extract(hour FROM e.event_time) = h.hour GROUP BY 1',
  // What sells.
  "SELECT brand, sum(price) AS revenue FROM events WHERE event_type = 'purchase' GROUP BY 1 ORDER BY revenue DESC, brand LIMIT 10",
  "SELECT split_part(category_code, '.', 1) AS department, count(*) AS n FROM events GROUP BY 1",
  "SELECT coalesce(brand, '(none)') AS brand, count(*) AS n, round(avg(price), 2) AS mean FROM events GROUP BY 1 HAVING count(*) > 20",
  "SELECT product_id, count(*) AS n FROM events WHERE event_type = 'view' GROUP BY 1 ORDER BY n DESC, product_id LIMIT 20",
  'SELECT brand, max(price) AS dearest, min(price) AS cheapest, max(price) - min(price) AS spread FROM events GROUP BY 1',
  "SELECT brand, arg_max(product_id, price) IS NOT NULL AS known FROM events WHERE brand LIKE 's%' GROUP BY 1",
  'SELECT category_code, brand, count(*) AS n FROM events GROUP BY GROUPING SETS ((category_code), (brand), ())',
  'SELECT event_type, brand, count(*) AS n, grouping(brand) AS is_total FROM events GROUP BY ROLLUP (event_type, brand)',
  'SELECT event_type, extract(hour FROM event_time) AS hour, count(*) AS n FROM events GROUP BY CUBE (1, 2)',
  "SELECT brand, sum(price) AS revenue, sum(price) * 100 / sum(sum(price)) OVER () > 5 AS is_large FROM events WHERE event_type = 'purchase' GROUP BY 1",
  'SELECT * FROM (SELECT category_code, product_id, count(*) AS n, row_number() OVER (PARTITION BY category_code ORDER BY count(*) DESC, product_id) AS place FROM events GROUP BY 1, 2) WHERE place <= 3',
  'SELECT category_code, product_id, count(*) AS n FROM events GROUP BY 1, 2 QUALIFY rank() OVER (PARTITION BY category_code ORDER BY n DESC) = 1',
  // Prices.
  'SELECT quantile_cont(price::DOUBLE, 0.5) AS p50, quantile_cont(price::DOUBLE, [0.9, 0.99]) AS more FROM events',
  'SELECT quantile_disc(price, 0.25) AS low, median(price::DOUBLE) AS middle, mode(event_type) AS most FROM events',
  'SELECT width_bucket, count(*) AS n FROM (SELECT floor(price / 100)::INTEGER AS width_bucket FROM events) GROUP BY 1',
  "SELECT CASE WHEN price < 50 THEN 'low' WHEN price < 500 THEN 'middle' ELSE 'high' END AS class, count(*) AS n FROM events GROUP BY 1",
  'SELECT price, price::DECIMAL(38, 9) * 3 AS exact, price % 7 AS rest, round(price) AS whole FROM events ORDER BY event_time, user_session LIMIT 40',
  'SELECT histogram(event_type) AS types FROM events',
  'SELECT brand, list(DISTINCT event_type ORDER BY event_type) AS types FROM events GROUP BY 1',
  "SELECT brand, string_agg(DISTINCT event_type, ', ' ORDER BY event_type) AS types FROM events GROUP BY 1",
  // Funnels.
  "SELECT count(DISTINCT user_id) FILTER (WHERE event_type = 'view') AS viewed, count(DISTINCT user_id) FILTER (WHERE event_type = 'cart') AS carted, count(DISTINCT user_id) FILTER (WHERE event_type = 'purchase') AS bought FROM events",
  "WITH s AS (SELECT user_session, bool_or(event_type = 'cart') AS carted, bool_or(event_type = 'purchase') AS bought FROM events GROUP BY 1) SELECT carted, bought, count(*) AS sessions FROM s GROUP BY ALL",
  "WITH first AS (SELECT user_id, min(event_time) FILTER (WHERE event_type = 'view') AS viewed, min(event_time) FILTER (WHERE event_type = 'purchase') AS bought FROM events GROUP BY 1) SELECT count(*) AS n, avg(epoch(bought - viewed)) > 0 AS later FROM first WHERE bought > viewed",
  "SELECT user_session FROM events WHERE event_type = 'cart' EXCEPT SELECT user_session FROM events WHERE event_type = 'purchase'",
  "SELECT user_id FROM events WHERE event_type = 'cart' INTERSECT SELECT user_id FROM events WHERE event_type = 'purchase'",
  "SELECT count(*) AS n FROM events c WHERE event_type = 'cart' AND EXISTS (SELECT 1 FROM events p WHERE p.user_session = c.user_session AND p.event_type = 'purchase' AND p.event_time >= c.event_time)",
  'WITH s AS (SELECT event_type, lead(event_type) OVER w AS next FROM events WINDOW w AS (PARTITION BY user_session ORDER BY event_time, product_id, event_type) QUALIFY next IS NOT NULL) SELECT event_type, next, count(*) AS n FROM s GROUP BY ALL',
  // Sessions.
  'WITH s AS (SELECT user_session, count(*) AS n, max(event_time) - min(event_time) AS took FROM events GROUP BY 1) SELECT n, count(*) AS sessions, max(took) AS longest FROM s GROUP BY 1',
  'WITH g AS (SELECT user_id, event_time, event_time - lag(event_time) OVER (PARTITION BY user_id ORDER BY event_time) > INTERVAL 30 MINUTE AS is_new FROM events) SELECT user_id, count(*) FILTER (WHERE is_new) + 1 AS visits FROM g GROUP BY 1',
  'SELECT user_session, first_value(event_type) OVER w AS begins, last_value(event_type) OVER w AS ends FROM events WINDOW w AS (PARTITION BY user_session ORDER BY event_time, product_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
  'SELECT ntile(4) OVER (ORDER BY n, user_id) AS quarter, user_id, n FROM (SELECT user_id, count(*) AS n FROM events GROUP BY 1)',
  'SELECT user_id, percent_rank() OVER (ORDER BY n) AS rank, cume_dist() OVER (ORDER BY n) AS share FROM (SELECT user_id, count(*) AS n FROM events GROUP BY 1)',
  // RFM and cohorts.
  "WITH r AS (SELECT user_id, max(event_time) AS recent, count(*) AS often, sum(price) AS spent FROM events WHERE event_type = 'purchase' GROUP BY 1) SELECT ntile(3) OVER (ORDER BY recent, user_id) AS r, ntile(3) OVER (ORDER BY often, user_id) AS f, ntile(3) OVER (ORDER BY spent, user_id) AS m, user_id FROM r",
  "WITH c AS (SELECT user_id, min(CAST(event_time AS DATE)) AS cohort FROM events GROUP BY 1) SELECT cohort, datediff('day', cohort, CAST(event_time AS DATE)) AS after, count(DISTINCT e.user_id) AS users FROM events e JOIN c USING (user_id) GROUP BY ALL",
  'SELECT user_id, count(DISTINCT CAST(event_time AS DATE)) AS days FROM events GROUP BY 1 HAVING days > 1',
  // Joins.
  'SELECT p.brand, count(*) AS n FROM events e JOIN products p USING (product_id) GROUP BY 1',
  'SELECT count(*) AS n FROM products ANTI JOIN events USING (product_id)',
  'SELECT count(*) AS n FROM products SEMI JOIN events USING (product_id)',
  'SELECT count(*) AS n, count(u.user_id) AS known FROM events e LEFT JOIN users u USING (user_id)',
  'SELECT a.brand AS one, b.brand AS other, count(*) AS n FROM events a JOIN events b ON a.user_session = b.user_session AND a.brand < b.brand GROUP BY 1, 2',
  "SELECT p.event_time, c.event_time AS carted FROM (FROM events WHERE event_type = 'purchase') p ASOF LEFT JOIN (SELECT user_id AS who, event_time FROM events WHERE event_type = 'cart') c ON p.user_id = c.who AND p.event_time >= c.event_time ORDER BY 1, 2",
  // Shapes.
  "PIVOT (SELECT brand, event_type FROM events WHERE brand IN ('samsung', 'apple')) ON event_type IN ('view', 'cart', 'purchase') USING count(*) GROUP BY brand",
  "SELECT * FROM (PIVOT events ON event_type IN ('view', 'purchase') USING count(*), sum(price) GROUP BY category_code)",
  'UNPIVOT (SELECT brand, count(*) AS n, count(DISTINCT user_id) AS users FROM events GROUP BY 1) ON n, users INTO NAME what VALUE value',
  "SELECT brand, {'views': count(*), 'value': sum(price)} AS facts FROM events GROUP BY 1",
  'SELECT user_id, list_sort(list(price))[1:3] AS cheapest, len(list(price)) AS n FROM events GROUP BY 1',
  'SELECT upper(brand) AS big, length(brand) AS letters, reverse(brand) AS back, md5(brand) AS digest FROM events WHERE brand IS NOT NULL GROUP BY brand',
  "SELECT regexp_extract(category_code, '([a-z]+)$', 1) AS leaf, category_code SIMILAR TO '.*phone.*' AS phones, count(*) AS n FROM events GROUP BY ALL",
  'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i, i * 9007199254740993 AS large FROM n',
  "SELECT 0.1 + 0.2 AS decimal, 1 / 3 AS third, 7 // 2 AS whole, 2 ** 10 AS power, NULL AS nothing, 'é' || '😀' AS text, DATE '2024-02-29' + INTERVAL 1 YEAR AS later",
]
