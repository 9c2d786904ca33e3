-- Permanent redirects that led the same client to different targets
--
-- Left out: URIs that were redacted, since they may stand for several; requests with cookies or
-- credentials, and answers with no-store, no-cache or a Vary, since targets may differ from request to
-- request; and a target that changed once, after the time that the answer before had given itself.
-- Both the Location and what it resolves to have to differ: one client may resolve a malformed one in
-- two ways.  The rule of this name is this query.
-- :redirect  only URIs that redirects after this one (its id) name
-- :suppressed  1: what a file of suppressions names, too
WITH uri AS MATERIALIZED (
    SELECT DISTINCT e.method, e.uri
      FROM redirect AS r JOIN exchange AS e ON e.id = r.exchange_id
     WHERE r.id > ifnull(:redirect, 0) AND e.status IN (301, 308) AND instr(e.uri, '[redacted]') = 0),
differing AS (
    -- In most captures nothing, and no answers need to be put in order.
    SELECT e.method, e.uri
      FROM uri AS u
      JOIN exchange AS e ON e.method = u.method AND e.uri = u.uri
      JOIN redirect AS r ON r.exchange_id = e.id
     WHERE e.status IN (301, 308) AND NOT r.is_personal AND NOT ifnull(r.is_momentary, 0)
     GROUP BY e.method, e.uri, e.client, e.user_agent
    HAVING min(r.target_uri) < max(r.target_uri) AND min(e.location) < max(e.location)),
answer AS (
    SELECT e.capture_id, r.id AS redirect_id, e.id AS exchange_id, r.time_ns, e.method, e.uri,
           e.client, e.user_agent, e.status, r.target_uri,
           r.target_uri <> lag(r.target_uri) OVER before
               AND e.location <> lag(e.location) OVER before AS has_moved,
           lag(r.has_lifetime) OVER before AND (r.time_ns - lag(r.time_ns) OVER before)
               / 1000000000 >= ifnull(lag(r.lifetime_s) OVER before, 0) AS is_after_lifetime
      FROM redirect AS r
      JOIN exchange AS e ON e.id = r.exchange_id
     WHERE (e.method, e.uri) IN (SELECT method, uri FROM differing)
       AND e.status IN (301, 308) AND NOT r.is_personal AND NOT ifnull(r.is_momentary, 0)
    WINDOW before AS (PARTITION BY e.method, e.uri, e.client, e.user_agent
                      ORDER BY r.time_ns, r.id)),
flapping AS (
    -- The bare columns are those of the row with the latest time.
    SELECT capture_id, redirect_id, exchange_id, max(time_ns) AS time_ns, method, uri, status,
           count(*) AS times, count(DISTINCT target_uri) AS targets,
           count(*) FILTER (WHERE has_moved) AS moves,
           count(*) FILTER (WHERE has_moved AND NOT is_after_lifetime) AS early_moves
      FROM answer
     GROUP BY method, uri, client, user_agent
    HAVING moves > 1 OR early_moves > 0),
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
