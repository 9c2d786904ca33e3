-- Permanent redirects that led the same client to different targets
--
-- Left out: URIs that were redacted, since they may stand for several, and requests with cookies or
-- credentials, since users may have targets of their own.  Both the Location and what it resolves to
-- have to differ: one client may resolve a malformed one in two ways.  The rule of this name is this
-- query.
-- :redirect  only URIs that redirects after this one (its id) name
-- :suppressed  1: what a file of suppressions names, too
WITH uri AS MATERIALIZED (
    SELECT DISTINCT e.method, e.uri
      FROM redirect AS r JOIN exchange AS e ON e.id = r.exchange_id
     WHERE r.id > ifnull(:redirect, 0) AND e.status IN (301, 308) AND instr(e.uri, '[redacted]') = 0),
flapping AS (
    -- The bare columns are those of the row with the latest time.
    SELECT e.capture_id, r.id AS redirect_id, e.id AS exchange_id, max(r.time_ns) AS time_ns,
           e.method, e.uri, e.status, count(*) AS times, count(DISTINCT r.target_uri) AS targets
      FROM uri AS u
      JOIN exchange AS e ON e.method = u.method AND e.uri = u.uri
      JOIN redirect AS r ON r.exchange_id = e.id
     WHERE e.status IN (301, 308) AND NOT r.is_personal
     GROUP BY e.method, e.uri, e.client, e.user_agent
    HAVING targets > 1 AND count(DISTINCT e.location) > 1),
known AS MATERIALIZED (
    -- Subjects whose latest finding was suppressed.
    SELECT subject
      FROM (SELECT json_extract(evidence, '$.subject') AS subject, suppressed, max(id)
              FROM finding WHERE rule = 'permanent-flaps'
             GROUP BY subject)
     WHERE suppressed IS NOT NULL)
SELECT capture_id, redirect_id, exchange_id, max(time_ns) AS time_ns,
       method || ' ' || uri AS subject,
       'the ' || status || ' to ' || method || ' ' || uri || ' led the same client to ' || targets
           || ' different targets' AS message,
       json_object('subject', method || ' ' || uri, 'status', status, 'targets', targets,
                   'times', times) AS evidence
  FROM flapping
 WHERE :suppressed IS NOT NULL OR subject NOT IN (SELECT subject FROM known)
 GROUP BY method, uri
 ORDER BY 4, exchange_id;
