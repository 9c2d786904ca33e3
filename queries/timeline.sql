-- Redirects and findings, minute by minute
--
-- :client  of this client only
-- :since   not before this time
-- :until   before this time
-- :limit   so many rows
SELECT substr(time, 1, 16) || 'Z' AS minute, sum(redirect) AS redirects, sum(followed) AS followed,
       sum(violation) AS violations, sum(warning) AS warnings, sum(info) AS infos
  FROM (SELECT time, client, 1 AS redirect, outcome = 'followed' AS followed, 0 AS violation,
               0 AS warning, 0 AS info
          FROM redirects
        UNION ALL
        SELECT f.time, e.client, 0, 0, f.severity = 'violation', f.severity = 'warning',
               f.severity = 'info'
          FROM findings AS f
          LEFT JOIN exchanges AS e ON e.id = f.exchange_id
         WHERE f.suppressed IS NULL)
 WHERE (:client IS NULL OR client = :client)
   AND (:since IS NULL OR time >= :since)
   AND (:until IS NULL OR time < :until)
 GROUP BY minute
 ORDER BY minute
 LIMIT ifnull(:limit, -1);
