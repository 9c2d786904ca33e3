-- Temporary redirects that were the same whenever seen, over two weeks or more
--
-- Asked over all captures: the same status and Location for the same URI, and no other answer that is
-- stored between; answers that are no redirects are stored with --all-exchanges only.
-- A URI or Location that was redacted may stand for several, and a POST is answered by a temporary
-- redirect for good, so they are left out.  The rule of this name is this query.
-- :days      so many days or more (14 where it is not given)
-- :redirect  only URIs that redirects after this one (its id) name
-- :suppressed  1: what a file of suppressions names, too
WITH span AS MATERIALIZED (
    -- One row where all redirects together span so many days, none (and no more work) where not.
    SELECT 1 WHERE (SELECT max(time_ns) FROM redirect) - (SELECT min(time_ns) FROM redirect)
                   >= ifnull(:days, 14) * 86400000000000),
uri AS MATERIALIZED (
    SELECT DISTINCT e.method, e.uri
      FROM span CROSS JOIN redirect AS r JOIN exchange AS e ON e.id = r.exchange_id
     WHERE r.id > ifnull(:redirect, 0) AND e.status IN (302, 303, 307) AND e.method IN ('GET', 'HEAD')
       AND instr(e.uri, '[redacted]') = 0),
answer AS (
    -- Answers that are alike and follow one another have the same difference of the two numbers.
    SELECT e.id, e.capture_id, e.method, e.uri, e.status, e.location, e.response_time_ns AS time_ns,
           row_number() OVER (PARTITION BY e.method, e.uri ORDER BY e.response_time_ns, e.id)
               - row_number() OVER (PARTITION BY e.method, e.uri, e.status, e.location
                                    ORDER BY e.response_time_ns, e.id) AS run
      FROM span CROSS JOIN exchange AS e CROSS JOIN uri AS u ON u.method = e.method AND u.uri = e.uri
     WHERE e.status IS NOT NULL AND e.response_time_ns IS NOT NULL),
spanned AS (
    SELECT *, count(*) OVER same AS times, min(time_ns) OVER same AS first_ns
      FROM answer
    WINDOW same AS (PARTITION BY method, uri, status, location, run)),
persistent AS (
    -- The bare columns are those of the row with the latest time.
    SELECT id, capture_id, method, uri, status, times, max(time_ns) AS time_ns,
           (max(time_ns) - first_ns) / 86400000000000 AS days
      FROM spanned
     WHERE status IN (302, 303, 307) AND instr(location, '[redacted]') = 0
     GROUP BY method, uri, status, location, run
    HAVING days >= ifnull(:days, 14)),
known AS MATERIALIZED (
    -- Subjects whose latest finding was suppressed.
    SELECT subject
      FROM (SELECT json_extract(evidence, '$.subject') AS subject, suppressed, max(id)
              FROM finding WHERE rule = 'temporary-persists'
             GROUP BY subject)
     WHERE suppressed IS NOT NULL)
SELECT capture_id, (SELECT r.id FROM redirect AS r WHERE r.exchange_id = p.id) AS redirect_id,
       id AS exchange_id, time_ns, method || ' ' || uri AS subject,
       'the ' || status || ' to ' || method || ' ' || uri || ' was the same each of the ' || times
           || ' times that it was seen over ' || days || ' days' AS message,
       json_object('subject', method || ' ' || uri, 'status', status, 'days', days, 'times', times)
           AS evidence
  FROM persistent AS p
 WHERE :suppressed IS NOT NULL OR subject NOT IN (SELECT subject FROM known)
 ORDER BY time_ns, id;
