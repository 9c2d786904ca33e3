-- 302, 303 and 307 seen again and again, perhaps permanent ones
--
-- A URI that was redacted may stand for several, and is left out.  Targets are counted as they are
-- stored: all that differ in what was redacted count once.
-- :server  of this server (address) only
-- :times   seen so often or more (2 where it is not given)
-- :limit   so many rows
SELECT server_ip, server_port, method, uri, group_concat(DISTINCT status) AS statuses,
       count(*) AS times, count(DISTINCT client) AS clients,
       count(DISTINCT target_uri) AS targets, min(target_uri) AS a_target,
       min(time) AS first_time, max(time) AS last_time
  FROM redirects
 WHERE status IN (302, 303, 307)
   AND uri IS NOT NULL AND instr(uri, '[redacted]') = 0
   AND (:server IS NULL OR server_ip = :server)
 GROUP BY server_ip, server_port, method, uri
HAVING count(*) >= ifnull(:times, 2)
 ORDER BY times DESC, clients DESC, uri
 LIMIT ifnull(:limit, -1);
