-- Which paths of which server redirect, and what goes wrong there
--
-- A route is the URI without its query.
-- :server  of this server (address) only
-- :limit   so many rows
SELECT server_ip, server_port, method, route, group_concat(DISTINCT status) AS statuses,
       count(DISTINCT id) AS redirects,
       count(DISTINCT id) FILTER (WHERE outcome = 'followed') AS followed,
       count(finding) FILTER (WHERE severity = 'violation') AS violations,
       count(finding) FILTER (WHERE severity = 'warning') AS warnings,
       group_concat(DISTINCT rule) FILTER (WHERE severity <> 'info') AS rules
  FROM (SELECT r.server_ip, r.server_port, r.method, r.status, r.id, r.outcome,
               substr(r.uri, 1, instr(r.uri || '?', '?') - 1) AS route,
               f.id AS finding, f.severity, f.rule
          FROM redirects AS r
          LEFT JOIN findings AS f ON f.redirect_id = r.id AND f.suppressed IS NULL
         WHERE (:server IS NULL OR r.server_ip = :server)
         ORDER BY r.server_ip, r.server_port, r.status, f.rule)
 GROUP BY server_ip, server_port, method, route
 ORDER BY violations DESC, warnings DESC, redirects DESC, server_ip, server_port, route, method
 LIMIT ifnull(:limit, -1);
