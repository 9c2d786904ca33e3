-- The whole story of one finding, line by line
--
-- :id  the finding; where it is not given, all that no file of suppressions names
WITH story AS MATERIALIZED (
    SELECT f.id, f.time, f.rule, f.severity, f.strength, f.party, f.message, f.evidence,
           f.confidence, f.suppressed, f.evidence_file, k.title, k.condition, k.citation, k.citation_url, k.advice,
           e.client, e.client_ip, e.client_port, e.server_ip, e.server_port, e.user_agent,
           e.time AS request_time, e.method, e.uri, e.request_content_type, e.request_body_length,
           c.source, e.request_frame, e.request_last_frame,
           e.response_time, e.status, e.location, e.response_content_type,
           s.source AS response_source, e.response_frame, e.response_last_frame,
           r.id AS redirect_id, r.target_uri, p.outcome, p.why, r.delay_ms, r.same_connection,
           p.tier, p.repair, p.score, p.confidence AS pair_confidence,
           CASE WHEN json_valid(p.evidence) THEN p.evidence END AS pair_evidence, r.chain_id, r.hop,
           (e.response_time_ns - e.time_ns) / 1000000.0 AS server_ms,
           (n.response_time_ns - n.time_ns) / 1000000.0 AS followup_ms,
           n.time AS followup_time, n.method AS followup_method, n.uri AS followup_uri,
           n.request_content_type AS followup_content_type,
           n.request_body_length AS followup_body_length, n.status AS followup_status,
           t.source AS followup_source, n.request_frame AS followup_frame,
           n.request_last_frame AS followup_last_frame
      FROM findings AS f
      LEFT JOIN rules AS k ON k.id = f.rule
      LEFT JOIN redirect AS r ON r.id = f.redirect_id
      LEFT JOIN pairing AS p ON p.id = r.pairing_id
      LEFT JOIN exchanges AS e ON e.id = ifnull(r.exchange_id, f.exchange_id)
      LEFT JOIN exchanges AS n ON n.id = r.followup_exchange_id
      LEFT JOIN captures AS c ON c.id = e.capture_id
      LEFT JOIN captures AS s ON s.id = e.response_capture_id
      LEFT JOIN captures AS t ON t.id = n.capture_id
     WHERE CASE WHEN :id IS NULL THEN f.suppressed IS NULL ELSE f.id = :id END
)
SELECT label, value
  FROM (
    SELECT id, 10 AS place, 'finding' AS label, CAST(id AS TEXT) AS value FROM story
    UNION ALL SELECT id, 11, 'time', time FROM story
    UNION ALL SELECT id, 12, 'rule', rule || ifnull(': ' || title, '') FROM story
    UNION ALL SELECT id, 13, 'severity', severity || ' (' || strength || '), ' || party FROM story
    UNION ALL SELECT id, 14, 'message', message FROM story
    UNION ALL SELECT id, 15, 'confidence', confidence FROM story
    UNION ALL SELECT id, 16, 'suppressed', suppressed FROM story
    UNION ALL SELECT id, 17, 'R -->', method || ' ' || uri || ', frame ' || request_frame FROM story
    UNION ALL SELECT id, 18, 'S <--',
                     status || ifnull(' to ' || location, '') || ', frame ' || response_frame ||
                     ifnull(', ' || round(server_ms, 3) || ' ms later', '') FROM story
    UNION ALL SELECT id, 19, 'F -->',
                     followup_method || ' ' || followup_uri || ', frame ' || followup_frame ||
                     ', ' || round(delay_ms, 3) || ' ms later' ||
                     CASE same_connection WHEN 1 THEN '' ELSE ', another connection' END FROM story
    UNION ALL SELECT id, 19.5, '  <--',
                     followup_status || ifnull(', ' || round(followup_ms, 3) || ' ms later', '')
                     FROM story
    UNION ALL SELECT id, 20, 'client', client FROM story
    UNION ALL SELECT id, 21, 'user agent', user_agent FROM story
    UNION ALL SELECT id, 22, 'connection',
                     CASE WHEN client_ip LIKE '%:%' THEN '[' || client_ip || ']' ELSE client_ip END
                     || ':' || client_port || ' to ' ||
                     CASE WHEN server_ip LIKE '%:%' THEN '[' || server_ip || ']' ELSE server_ip END
                     || ':' || server_port FROM story
    UNION ALL SELECT id, 30, 'request', method || ' ' || uri FROM story
    UNION ALL SELECT id, 31, 'request at', request_time FROM story
    UNION ALL SELECT id, 32, 'request content',
                     request_body_length || ' octets' || ifnull(' of ' || request_content_type, '')
                     FROM story
    UNION ALL SELECT id, 33, 'request in',
                     source || ', frame ' || request_frame ||
                     CASE WHEN request_last_frame <> request_frame
                          THEN ' to ' || request_last_frame ELSE '' END FROM story
    UNION ALL SELECT id, 40, 'response', status || ifnull(' to ' || location, '') FROM story
    UNION ALL SELECT id, 41, 'response at', response_time FROM story
    UNION ALL SELECT id, 42, 'response in',
                     response_source || ', frame ' || response_frame ||
                     CASE WHEN response_last_frame <> response_frame
                          THEN ' to ' || response_last_frame ELSE '' END FROM story
    UNION ALL SELECT id, 50, 'target', target_uri FROM story
    UNION ALL SELECT id, 51, 'outcome', outcome || ': ' || why FROM story
    UNION ALL SELECT id, 60, 'follow-up', followup_method || ' ' || followup_uri FROM story
    UNION ALL SELECT id, 61, 'follow-up at',
                     followup_time || ', ' || round(delay_ms, 3) || ' ms after the response, ' ||
                     CASE same_connection WHEN 1 THEN 'same connection'
                          ELSE 'another connection' END FROM story
    UNION ALL SELECT id, 62, 'follow-up content',
                     followup_body_length || ' octets' ||
                     ifnull(' of ' || followup_content_type, '') FROM story
    UNION ALL SELECT id, 63, 'follow-up in',
                     followup_source || ', frame ' || followup_frame ||
                     CASE WHEN followup_last_frame <> followup_frame
                          THEN ' to ' || followup_last_frame ELSE '' END FROM story
    UNION ALL SELECT id, 64, 'follow-up answered', CAST(followup_status AS TEXT) FROM story
    UNION ALL SELECT id, 65, 'target understood', tier || ifnull(': ' || repair, '') FROM story
    UNION ALL SELECT id, 66, 'score',
                     score || ' points, ' || pair_confidence || ' confidence' ||
                     ifnull('; the next best had ' || json_extract(pair_evidence, '$.runner_up'),
                            '') FROM story
    UNION ALL SELECT s.id, 67 + j.key / 1000.0, 'signal',
                     printf('%+d', json_extract(j.value, '$.points')) || '  ' ||
                     json_extract(j.value, '$.signal')
                FROM story AS s, json_each(s.pair_evidence, '$.signals') AS j
    UNION ALL SELECT id, 70, 'chain', chain_id || ', hop ' || hop FROM story
    UNION ALL SELECT id, 80, 'the rule says', condition FROM story
    UNION ALL SELECT id, 81, 'what to do', advice FROM story
    UNION ALL SELECT id, 82, 'source', citation || ifnull(', ' || citation_url, '') FROM story
    UNION ALL SELECT id, 90, 'evidence', evidence FROM story
    UNION ALL SELECT id, 91, 'evidence file', evidence_file FROM story)
 WHERE value IS NOT NULL
 ORDER BY id, place;
