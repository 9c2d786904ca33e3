-- What became of each, and why it was not followed
--
-- :client   of this client only
-- :outcome  followed, not-followed, unobservable, no-location, pending or evicted
-- :status   301, 302, 303, 307 or 308
-- :capture  of this capture (its id) only
-- :since    not before this time
-- :until    before this time
-- :limit    so many rows
SELECT id, time, client, method, uri, status, location, outcome, why, followup_method,
       followup_uri, followup_status, round(delay_ms, 3) AS delay_ms, confidence, chain_id, hop,
       request_frame, response_frame, followup_frame
  FROM redirects
 WHERE (:client IS NULL OR client = :client)
   AND (:outcome IS NULL OR outcome = :outcome)
   AND (:status IS NULL OR status = :status)
   AND (:capture IS NULL OR capture_id = :capture)
   AND (:since IS NULL OR time >= :since)
   AND (:until IS NULL OR time < :until)
 ORDER BY time_ns, id
 LIMIT ifnull(:limit, -1);
