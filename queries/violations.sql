-- Who broke a definition of RFC 9110, where, and the frames that show it
--
-- :client   of this client only
-- :rule     of this rule only
-- :capture  of this capture (its id) only
-- :since    not before this time, e.g. 2026-11-20 or 2026-11-20T13:24
-- :until    before this time
-- :suppressed  1: those that a file of suppressions names, too, and why
-- :limit    so many rows
SELECT id, time, rule, party, client, user_agent, status, method, uri, followup_method,
       followup_uri, confidence, source, request_frame, response_frame, followup_frame, message,
       citation, suppressed
  FROM violations
 WHERE (:client IS NULL OR client = :client)
   AND (:rule IS NULL OR rule = :rule)
   AND (:capture IS NULL OR capture_id = :capture)
   AND (:since IS NULL OR time >= :since)
   AND (:until IS NULL OR time < :until)
   AND (suppressed IS NULL OR :suppressed IS NOT NULL)
 ORDER BY time_ns, id
 LIMIT ifnull(:limit, -1);
