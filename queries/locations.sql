-- Missing, repeated, malformed, or understood only after a repair
--
-- :server  of this server (address) only
-- :limit   so many rows
SELECT id, time, server_ip, server_port, method, uri, status, location, location_count AS lines,
       target_uri, outcome, tier, repair, rules, user_agent, response_frame
  FROM (SELECT r.*,
               (SELECT group_concat(rule, ', ')
                  FROM (SELECT DISTINCT f.rule
                          FROM findings AS f
                         WHERE f.redirect_id = r.id AND f.rule GLOB 'location-*'
                           AND f.suppressed IS NULL
                         ORDER BY f.rule)) AS rules
          FROM redirects AS r)
 WHERE (:server IS NULL OR server_ip = :server)
   AND (rules IS NOT NULL OR location_count <> 1 OR tier IN ('T2', 'T3')
        OR outcome = 'no-location')
 ORDER BY time_ns, id
 LIMIT ifnull(:limit, -1);
