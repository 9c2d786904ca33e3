-- What was analysed, how much of it, and how it ended
--
-- :limit  so many rows
SELECT c.id, c.source, c.kind, c.status, c.first_time, c.last_time, c.packets, c.bytes,
       c.kernel_dropped, ifnull(r.redirects, 0) AS redirects,
       ifnull(f.violations, 0) AS violations, c.detail, c.tool_version
  FROM captures AS c
  LEFT JOIN (SELECT capture_id, count(*) AS redirects
               FROM redirects GROUP BY capture_id) AS r ON r.capture_id = c.id
  LEFT JOIN (SELECT capture_id, count(*) AS violations
               FROM findings WHERE severity = 'violation' AND suppressed IS NULL
              GROUP BY capture_id) AS f ON f.capture_id = c.id
 ORDER BY c.id
 LIMIT ifnull(:limit, -1);
