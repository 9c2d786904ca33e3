-- Missing, repeated, malformed, or understood only after a repair
--
-- :server  of this server (address) only
-- :limit   so many rows
SELECT r.id, r.time, r.server_ip, r.server_port, r.method, r.uri, r.status, r.location,
       r.location_count AS lines, r.target_uri, r.outcome, r.tier, r.repair, f.rules,
       r.user_agent, r.response_frame
  FROM redirects AS r
  LEFT JOIN (SELECT redirect_id, group_concat(DISTINCT rule) AS rules
               FROM (SELECT redirect_id, rule
                       FROM findings
                      WHERE rule GLOB 'location-*'
                      ORDER BY redirect_id, rule)
              GROUP BY redirect_id) AS f ON f.redirect_id = r.id
 WHERE (:server IS NULL OR r.server_ip = :server)
   AND (f.rules IS NOT NULL OR r.location_count <> 1 OR r.tier IN ('T2', 'T3')
        OR r.outcome = 'no-location')
 ORDER BY r.time_ns, r.id
 LIMIT ifnull(:limit, -1);
