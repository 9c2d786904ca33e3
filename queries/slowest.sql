-- Redirects that cost the most time, by the server and by the client
--
-- server_ms: from the request to the 3xx; delay_ms: from the 3xx to the follow-up.
-- :client  of this client only
-- :limit   so many rows
SELECT id, time, client, server_ip, server_port, method, uri, status, followup_uri,
       round((time_ns - request_time_ns) / 1000000.0, 3) AS server_ms,
       round(delay_ms, 3) AS delay_ms,
       round((time_ns - request_time_ns) / 1000000.0 + delay_ms, 3) AS total_ms
  FROM redirects
 WHERE outcome = 'followed'
   AND (:client IS NULL OR client = :client)
 ORDER BY ifnull(time_ns - request_time_ns, 0) / 1000000.0 + delay_ms DESC, id
 LIMIT ifnull(:limit, -1);
