-- The views of seeother's database over the tables of schema.sql, which says what the columns are;
-- ISO(...) is a time as text.  A migration makes all of them anew.
-- Comments within a statement are kept in the database, for who asks its .schema.

CREATE VIEW connections AS
    -- A TCP connection that a stored exchange used.
    SELECT id, capture_id, client_ip, client_port, server_ip, server_port, opened_ns, closed_ns,
           ISO(opened_ns) AS opened, ISO(closed_ns) AS closed, bytes_missing, how_ended,
           opening_seen, opened_frame, closed_frame, closed_capture_id, network
      FROM connection;

CREATE VIEW exchanges AS
    -- A request and its final response.  Where one of the two was not seen, its columns are NULL.
    SELECT id, capture_id, response_capture_id, connection_id, time_ns, ISO(time_ns) AS time,
           client, client_ip, client_port, server_ip, server_port, http_version, method, scheme,
           authority, target, uri, user_agent, request_content_type, request_body_length,
           request_body_digest, request_frame, request_last_frame, request_last_capture_id, status,
           location, response_content_type, response_body_length, response_frame,
           response_last_frame, response_last_capture_id, response_time_ns,
           ISO(response_time_ns) AS response_time, has_gap, place, request_leniency,
           response_leniency
      FROM exchange;

CREATE VIEW findings AS
    -- What a rule has to say about a redirect, or about an exchange alone.
    SELECT id, capture_id, redirect_id, exchange_id, time_ns, ISO(time_ns) AS time, rule, severity,
           strength, party, message, evidence, confidence, suppressed, evidence_file
      FROM finding;

CREATE VIEW redirects AS
    -- A redirect with its request (R), its 3xx response (S) and the request that followed it (F).
    SELECT r.id, e.capture_id, r.exchange_id, r.followup_exchange_id,
           ISO(r.time_ns) AS time, r.time_ns, e.client,
           e.client_ip, e.server_ip, e.server_port, e.user_agent, e.method, e.uri, e.status,
           e.location, r.target_uri, p.outcome, f.method AS followup_method,
           f.uri AS followup_uri, f.status AS followup_status, r.delay_ms, r.same_connection,
           p.confidence, p.score, p.evidence, r.chain_id, r.hop, e.request_frame,
           e.response_frame, f.request_frame AS followup_frame, e.response_capture_id,
           f.capture_id AS followup_capture_id,
           e.request_last_frame, e.response_last_frame,
           f.request_last_frame AS followup_last_frame,
           p.why, p.tier, p.repair, r.location_count, r.has_lifetime, r.is_personal,
           e.connection_id,
           f.connection_id AS followup_connection_id,
           e.time_ns AS request_time_ns, f.time_ns AS followup_time_ns,
           f.response_time_ns AS followup_response_time_ns,
           r.lifetime_s, r.is_momentary
      FROM redirect AS r
      LEFT JOIN pairing AS p ON p.id = r.pairing_id
      LEFT JOIN exchange AS e ON e.id = r.exchange_id
      LEFT JOIN exchange AS f ON f.id = r.followup_exchange_id;

CREATE VIEW violations AS
    -- The findings of severity `violation`, with what a person needs in one row.
    SELECT v.id, ISO(v.time_ns) AS time, v.rule, v.party, e.client, e.user_agent, e.status,
           e.method, e.uri,
           f.method AS followup_method, f.uri AS followup_uri, r.delay_ms, v.confidence,
           c.source, e.request_frame, e.response_frame, f.request_frame AS followup_frame,
           s.source AS response_source, t.source AS followup_source, v.message, k.citation,
           e.request_last_frame, e.response_last_frame,
           f.request_last_frame AS followup_last_frame,
           v.time_ns, v.strength, v.capture_id, v.redirect_id, v.exchange_id, r.chain_id,
           e.server_ip, e.server_port, f.status AS followup_status, k.citation_url, v.suppressed,
           v.evidence_file
      FROM finding AS v
      LEFT JOIN redirect AS r ON r.id = v.redirect_id
      LEFT JOIN exchange AS e ON e.id = ifnull(r.exchange_id, v.exchange_id)
      LEFT JOIN exchange AS f ON f.id = r.followup_exchange_id
      LEFT JOIN captures AS c ON c.id = e.capture_id
      LEFT JOIN captures AS s ON s.id = e.response_capture_id
      LEFT JOIN captures AS t ON t.id = f.capture_id
      LEFT JOIN rules AS k ON k.id = v.rule
     WHERE v.severity = 'violation';

CREATE VIEW chains AS
    -- Redirects that follow one another; a lone one is a chain of 1 hop.  The words are joined in
    -- order of hop, and the last follow-up ends them; `?` is a request that was not seen.  is_loop:
    -- the same method and URI appear twice; one that was redacted may stand for several, and is not
    -- compared.  duration_ms: from the first octet of the first message to the first octet of the
    -- last.
    -- An ordered subquery feeds each group_concat, which SQLite keeps in that order.
    SELECT r.chain_id AS id, e.capture_id, ISO(r.time_ns) AS time, e.client,
           (SELECT count(*) FROM redirect AS n WHERE n.chain_id = r.chain_id) AS hops,
           (SELECT group_concat(method, '>')
              FROM (SELECT ifnull(x.method, '?') AS method
                      FROM redirect AS n JOIN exchange AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id ORDER BY n.hop))
               || ifnull('>' || f.method, '') AS methods,
           (SELECT group_concat(status, '>')
              FROM (SELECT x.status
                      FROM redirect AS n JOIN exchange AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id ORDER BY n.hop))
               || ifnull('>' || f.status, '') AS statuses,
           e.uri AS first_uri,
           CASE WHEN l.followup_exchange_id IS NULL THEN le.uri ELSE f.uri END AS last_uri,
           (SELECT count(place) > count(DISTINCT place)
              FROM (SELECT x.method || ' ' || x.uri AS place
                      FROM redirect AS n JOIN exchange AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id
                    UNION ALL
                    SELECT f.method || ' ' || f.uri)
             WHERE instr(place, '[redacted]') = 0) AS is_loop,
           (coalesce(f.response_time_ns, f.time_ns, l.time_ns) - ifnull(e.time_ns, r.time_ns))
               / 1000000.0 AS duration_ms,
           p.outcome, l.target_uri, l.id AS last_redirect_id, r.time_ns, e.user_agent
      FROM redirect AS r
      JOIN redirect AS l ON l.id = (SELECT n.id FROM redirect AS n
                                     WHERE n.chain_id = r.chain_id ORDER BY n.hop DESC LIMIT 1)
      LEFT JOIN pairing AS p ON p.id = l.pairing_id
      LEFT JOIN exchange AS e ON e.id = r.exchange_id
      LEFT JOIN exchange AS le ON le.id = l.exchange_id
      LEFT JOIN exchange AS f ON f.id = l.followup_exchange_id
     WHERE r.id = r.chain_id;
