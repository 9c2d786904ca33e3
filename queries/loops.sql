-- Chains that came back to a method and URI they had been at
--
-- A URI that was redacted may stand for several, and is not compared.
-- :client  of this client only
-- :limit   so many rows
SELECT id, time, client, user_agent, hops, methods, statuses, first_uri, last_uri, outcome,
       round(duration_ms, 3) AS duration_ms
  FROM chains
 WHERE is_loop
   AND (:client IS NULL OR client = :client)
 ORDER BY hops DESC, id
 LIMIT ifnull(:limit, -1);
