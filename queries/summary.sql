-- How often each rule was broken, worst first
--
-- Findings that a file of suppressions names are counted in the column `suppressed` alone.
-- :capture  of this capture (its id) only
-- :since    not before this time
-- :until    before this time
SELECT f.severity, f.rule, f.party, max(f.strength) AS strength,
       count(*) FILTER (WHERE f.suppressed IS NULL) AS findings,
       count(f.suppressed) AS suppressed,
       count(DISTINCT e.client) FILTER (WHERE f.suppressed IS NULL) AS clients,
       count(DISTINCT e.server_ip || ' ' || e.server_port) FILTER (WHERE f.suppressed IS NULL)
           AS servers,
       min(f.time) FILTER (WHERE f.suppressed IS NULL) AS first_time,
       max(f.time) FILTER (WHERE f.suppressed IS NULL) AS last_time, k.citation
  FROM findings AS f
  LEFT JOIN exchanges AS e ON e.id = f.exchange_id
  LEFT JOIN rules AS k ON k.id = f.rule
 WHERE (:capture IS NULL OR f.capture_id = :capture)
   AND (:since IS NULL OR f.time >= :since)
   AND (:until IS NULL OR f.time < :until)
 GROUP BY f.severity, f.rule
 ORDER BY CASE f.severity WHEN 'violation' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END,
          findings DESC, f.rule;
