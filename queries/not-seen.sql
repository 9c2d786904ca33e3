-- What was dropped, missing or unreadable, so that silence is not taken for innocence
--
-- Counts of every stage that stand for loss or are worth a note (TLS, HTTP/2, gaps), frames that
-- the kernel dropped, octets missing on stored connections, and redirects without an answer.
-- Counters that only tell how much there was are left out by name, so that a new one shows.
-- :capture  of this capture (its id) only
SELECT c.id AS capture_id, c.source, x.stage, x.what, x.value, x.unit, x.kind
  FROM (SELECT capture_id, 1 AS place, stage, counter AS what, value, unit, kind
          FROM coverage
         WHERE time IS NULL AND kind IN ('dropped', 'note') AND value > 0
           AND stage || '/' || counter NOT IN ('capture/octets', 'http/exchanges',
                   'pair/candidates', 'stream/keep_alives', 'stream/octets_retransmitted')
        UNION ALL
        SELECT id, 0, 'capture', 'kernel_dropped', kernel_dropped, 'frames', 'dropped'
          FROM captures
         WHERE kernel_dropped > 0
        UNION ALL
        SELECT id, 0, 'capture', 'status: ' || status || ifnull(' (' || detail || ')', ''), 1,
               'captures', 'note'
          FROM captures
         WHERE status NOT IN ('complete', 'stopped')
        UNION ALL
        SELECT capture_id, 2, 'stream', 'stored connections with octets missing', count(*),
               'connections', 'note'
          FROM connections
         WHERE bytes_missing > 0
         GROUP BY capture_id
        UNION ALL
        SELECT capture_id, 3, 'pair', 'redirects ' || outcome || ': ' || why, count(*),
               'redirects', 'note'
          FROM redirects
         WHERE outcome IN ('unobservable', 'pending', 'evicted')
         GROUP BY capture_id, outcome, why) AS x
  LEFT JOIN captures AS c ON c.id = x.capture_id
 WHERE (:capture IS NULL OR x.capture_id = :capture)
 ORDER BY x.capture_id, x.place, x.stage, x.value DESC, x.what;
