-- Programs that keep going straight to the target of a temporary redirect
--
-- They followed a 302, 303 or 307 without a lifetime, and have since asked for its target again and
-- again, but not for the original URI.  Needs exchanges that touch no redirect (--all-exchanges).  A
-- person finds links to the target, so browsers are left out; so are URIs that were redacted, since
-- they may stand for several.  The rule of this name is this query.
-- :times     so often or more (5 where it is not given)
-- :exchange  only clients that exchanges after this one (its id) name
-- :suppressed  1: what a file of suppressions names, too
WITH often AS MATERIALIZED (
    -- What programs asked for so often without being sent there: in most captures nothing.
    SELECT client, user_agent, method, uri, count(*) AS times
      FROM exchange NOT INDEXED
     WHERE user_agent NOT LIKE 'Mozilla/%' AND method IN ('GET', 'HEAD')
       AND id NOT IN (SELECT followup_exchange_id FROM redirect
                       WHERE followup_exchange_id IS NOT NULL)
     GROUP BY client, user_agent, method, uri
    HAVING times >= ifnull(:times, 5)),
client AS MATERIALIZED (
    SELECT DISTINCT client, user_agent
      FROM often
     WHERE (client, user_agent) IN (SELECT client, user_agent FROM exchange NOT INDEXED
                                     WHERE id > ifnull(:exchange, 0))),
some AS MATERIALIZED (
    -- One row where there is such a client, none (and no more work) where not.
    SELECT 1 FROM client LIMIT 1),
followed AS MATERIALIZED (
    SELECT e.client, e.user_agent, e.method, e.uri, e.status, f.uri AS target,
           max(f.time_ns) AS time_ns
      FROM some
     CROSS JOIN exchange AS e
     CROSS JOIN client AS c ON c.client = e.client AND c.user_agent = e.user_agent
      JOIN redirect AS r ON r.exchange_id = e.id
      JOIN pairing AS p ON p.id = r.pairing_id
      JOIN exchange AS f ON f.id = r.followup_exchange_id
     WHERE e.status IN (302, 303, 307) AND e.method IN ('GET', 'HEAD') AND f.method = e.method
       AND p.confidence = 'high' AND NOT r.has_lifetime AND f.uri <> e.uri
       AND instr(e.uri || f.uri, '[redacted]') = 0
     GROUP BY e.client, e.user_agent, e.method, e.uri, f.uri),
asked AS MATERIALIZED (
    -- What each client asked for: when last, and how often and when first without being sent there.
    SELECT x.client, x.user_agent, x.method, x.uri, max(x.time_ns) AS last_ns,
           count(*) FILTER (WHERE r.id IS NULL) AS times,
           min(x.time_ns) FILTER (WHERE r.id IS NULL) AS first_ns
      FROM some
     CROSS JOIN exchange AS x
     CROSS JOIN client AS c ON c.client = x.client AND c.user_agent = x.user_agent
      LEFT JOIN redirect AS r ON r.followup_exchange_id = x.id
     GROUP BY x.client, x.user_agent, x.method, x.uri),
straight AS (
    -- Asked for the target before as well, it is a page of its own; for the URI again, all is well.
    SELECT w.client, w.user_agent, w.method, w.uri, w.status, w.target, t.times,
           t.last_ns AS time_ns,
           (SELECT max(x.id) FROM exchange AS x
             WHERE x.client = w.client AND x.time_ns = t.last_ns AND x.uri = w.target)
               AS exchange_id
      FROM followed AS w
      JOIN asked AS t ON t.client = w.client AND t.user_agent = w.user_agent
                     AND t.method = w.method AND t.uri = w.target
      JOIN asked AS u ON u.client = w.client AND u.user_agent = w.user_agent
                     AND u.method = w.method AND u.uri = w.uri
     WHERE t.times >= ifnull(:times, 5) AND u.last_ns < w.time_ns
       -- Sooner, it may be a follow-up that could not be told.
       AND t.first_ns > w.time_ns + 30 * 1000000000),
known AS MATERIALIZED (
    -- Subjects whose latest finding was suppressed.
    SELECT subject
      FROM (SELECT json_extract(evidence, '$.subject') AS subject, suppressed, max(id)
              FROM finding WHERE rule = 'temporary-treated-as-permanent'
             GROUP BY subject)
     WHERE suppressed IS NOT NULL)
SELECT (SELECT x.capture_id FROM exchange AS x WHERE x.id = s.exchange_id) AS capture_id,
       NULL AS redirect_id, exchange_id, time_ns,
       client || ' ' || user_agent || ' ' || method || ' ' || uri AS subject,
       'after one ' || status || ' to ' || method || ' ' || uri || ' the client went straight to '
           || 'its target ' || times || ' times, and never asked again' AS message,
       json_object('subject', client || ' ' || user_agent || ' ' || method || ' ' || uri,
                   'status', status, 'target', target, 'times', times) AS evidence
  FROM straight AS s
 WHERE :suppressed IS NOT NULL OR subject NOT IN (SELECT subject FROM known)
 ORDER BY time_ns, exchange_id;
