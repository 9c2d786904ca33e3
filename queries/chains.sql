-- Redirects that lead to redirects, longest first
--
-- :client    of this client only
-- :min_hops  of so many redirects or more
-- :limit     so many rows
SELECT id, time, client, hops, methods, statuses, first_uri, last_uri, outcome, is_loop,
       round(duration_ms, 3) AS duration_ms
  FROM chains
 WHERE (:client IS NULL OR client = :client)
   AND (:min_hops IS NULL OR hops >= :min_hops)
 ORDER BY hops DESC, duration_ms DESC, id
 LIMIT ifnull(:limit, -1);
