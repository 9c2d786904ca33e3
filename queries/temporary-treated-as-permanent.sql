-- Programs that keep going straight to the target of a temporary redirect
--
-- They followed a 302, 303 or 307 without a lifetime, and have since asked for its target again and
-- again, but not for the original URI.  Needs exchanges that touch no redirect (--all-exchanges).  A
-- person finds links to the target, so browsers are left out; so are URIs that were redacted, since
-- they may stand for several.  The rule of this name is this query.
-- :times     so often or more (5 where it is not given)
-- :exchange  only clients that exchanges after this one (its id) name
WITH client AS MATERIALIZED (
    SELECT DISTINCT client, user_agent
      FROM exchanges
     WHERE id > ifnull(:exchange, 0) AND user_agent IS NOT NULL AND user_agent NOT LIKE 'Mozilla/%'),
followed AS MATERIALIZED (
    SELECT e.client, e.user_agent, e.method, e.uri, e.status, f.uri AS target,
           max(f.time_ns) AS time_ns
      FROM client AS c
      JOIN exchanges AS e ON e.client = c.client AND e.user_agent = c.user_agent
      JOIN redirect AS r ON r.exchange_id = e.id
      JOIN exchanges AS f ON f.id = r.followup_exchange_id
     WHERE e.status IN (302, 303, 307) AND e.method IN ('GET', 'HEAD') AND f.method = e.method
       AND r.confidence = 'high' AND NOT r.has_lifetime AND f.uri <> e.uri
       AND instr(e.uri || f.uri, '[redacted]') = 0
     GROUP BY e.client, e.user_agent, e.method, e.uri, f.uri),
straight AS (
    -- The bare columns are those of the row with the latest time.
    SELECT w.method, w.uri, w.status, w.target, w.client, w.user_agent, x.capture_id,
           x.id AS exchange_id, max(x.time_ns) AS time_ns, count(*) AS times
      FROM followed AS w
      JOIN exchanges AS x ON x.client = w.client AND x.time_ns > w.time_ns
                         AND x.user_agent = w.user_agent AND x.uri = w.target
                         AND x.method = w.method
     WHERE NOT EXISTS (SELECT 1 FROM redirect AS r WHERE r.followup_exchange_id = x.id)
       -- Asked for before as well, it is a page of its own; asked for again, all is well.
       AND NOT EXISTS (SELECT 1 FROM exchanges AS y
                        WHERE y.client = w.client AND y.user_agent = w.user_agent
                          AND (y.uri = w.target AND y.time_ns < w.time_ns
                               AND NOT EXISTS (SELECT 1 FROM redirect AS r
                                                WHERE r.followup_exchange_id = y.id)
                               OR y.uri = w.uri AND y.time_ns > w.time_ns))
     GROUP BY w.client, w.user_agent, w.method, w.uri, w.target
    HAVING times >= ifnull(:times, 5))
SELECT capture_id, NULL AS redirect_id, exchange_id, time_ns,
       client || ' ' || user_agent || ' ' || method || ' ' || uri AS subject,
       'after one ' || status || ' to ' || method || ' ' || uri || ' the client went straight to '
           || 'its target ' || times || ' times, and never asked again' AS message,
       json_object('subject', client || ' ' || user_agent || ' ' || method || ' ' || uri,
                   'status', status, 'target', target, 'times', times) AS evidence
  FROM straight
 ORDER BY time_ns, exchange_id;
