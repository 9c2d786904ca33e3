-- The schema of version 1, as it was first; for the tests of migration alone.
CREATE TABLE captures (
    id             INTEGER PRIMARY KEY,
    source         TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('file', 'interface', 'stdin')),
    first_time_ns  INTEGER,
    last_time_ns   INTEGER,
    first_time     TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 first_time_ns / 1000000000 - (first_time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (first_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    last_time      TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 last_time_ns / 1000000000 - (last_time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (last_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    packets        INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    kernel_dropped INTEGER,
    status         TEXT NOT NULL
        CHECK (status IN ('complete', 'truncated', 'corrupt', 'running', 'stopped', 'interrupted')),
    detail         TEXT,
    tool_version   TEXT,
    options        TEXT,
    run            INTEGER
) STRICT;
CREATE TABLE connections (
    id            INTEGER PRIMARY KEY,
    capture_id    INTEGER REFERENCES captures (id),
    client_ip     TEXT NOT NULL,
    client_port   INTEGER NOT NULL,
    server_ip     TEXT NOT NULL,
    server_port   INTEGER NOT NULL,
    opened_ns     INTEGER,
    closed_ns     INTEGER,
    opened        TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 opened_ns / 1000000000 - (opened_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (opened_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    closed        TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 closed_ns / 1000000000 - (closed_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (closed_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    bytes_missing INTEGER NOT NULL,
    how_ended     TEXT NOT NULL,
    opening_seen  INTEGER NOT NULL,
    opened_frame  INTEGER,
    closed_frame  INTEGER,
    closed_capture_id INTEGER REFERENCES captures (id),
    network       TEXT
) STRICT;
CREATE TABLE exchanges (
    id                    INTEGER PRIMARY KEY,
    capture_id            INTEGER REFERENCES captures (id),
    response_capture_id   INTEGER REFERENCES captures (id),
    connection_id         INTEGER REFERENCES connections (id),
    time_ns               INTEGER,
    time                  TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    client                TEXT,
    client_ip             TEXT,
    client_port           INTEGER,
    server_ip             TEXT,
    server_port           INTEGER,
    http_version          TEXT,
    method                TEXT,
    scheme                TEXT,
    authority             TEXT,
    target                TEXT,
    uri                   TEXT,
    user_agent            TEXT,
    request_content_type  TEXT,
    request_body_length   INTEGER,
    request_body_digest   TEXT,
    request_frame         INTEGER,
    request_last_frame    INTEGER,
    request_last_capture_id INTEGER REFERENCES captures (id),
    status                INTEGER,
    location              TEXT,
    response_content_type TEXT,
    response_body_length  INTEGER,
    response_frame        INTEGER,
    response_last_frame   INTEGER,
    response_last_capture_id INTEGER REFERENCES captures (id),
    response_time_ns      INTEGER,
    response_time         TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 response_time_ns / 1000000000 - (response_time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (response_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    has_gap               INTEGER NOT NULL,
    place                 INTEGER,
    request_leniency      TEXT,
    response_leniency     TEXT
) STRICT;
CREATE TABLE redirect (
    id                   INTEGER PRIMARY KEY,
    exchange_id          INTEGER NOT NULL REFERENCES exchanges (id),
    followup_exchange_id INTEGER REFERENCES exchanges (id),
    time_ns              INTEGER NOT NULL,
    time                 TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    target_uri           TEXT,
    location_count       INTEGER NOT NULL,
    outcome              TEXT NOT NULL CHECK (
        outcome = 'followed' OR outcome = 'not-followed' OR outcome = 'unobservable'
        OR outcome = 'no-location' OR outcome = 'pending' OR outcome = 'evicted'),
    why                  TEXT NOT NULL,
    tier                 TEXT,
    repair               TEXT,
    delay_ms             REAL,
    same_connection      INTEGER,
    confidence           TEXT CHECK (
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    score                INTEGER,
    evidence             TEXT NOT NULL,
    chain_id             INTEGER NOT NULL,
    hop                  INTEGER NOT NULL,
    has_lifetime         INTEGER NOT NULL,
    is_personal          INTEGER NOT NULL
) STRICT;
CREATE INDEX redirect_by_chain ON redirect (chain_id, hop);
CREATE TABLE findings (
    id          INTEGER PRIMARY KEY,
    capture_id  INTEGER REFERENCES captures (id),
    redirect_id INTEGER REFERENCES redirect (id),
    exchange_id INTEGER REFERENCES exchanges (id),
    time_ns     INTEGER NOT NULL,
    time        TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    rule        TEXT NOT NULL REFERENCES rules (id),
    severity    TEXT NOT NULL CHECK (
        severity = 'violation' OR severity = 'warning' OR severity = 'info'),
    strength    TEXT NOT NULL CHECK (
        strength = 'MUST' OR strength = 'SHOULD' OR strength = 'none'),
    party       TEXT NOT NULL CHECK (party IN ('client', 'server')),
    message     TEXT NOT NULL,
    evidence    TEXT,
    confidence  TEXT CHECK (
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    suppressed  TEXT
) STRICT;
CREATE INDEX findings_by_redirect ON findings (redirect_id, severity);
CREATE TABLE rules (
    id           TEXT PRIMARY KEY,
    severity     TEXT NOT NULL CHECK (severity IN ('violation', 'warning', 'info')),
    strength     TEXT NOT NULL CHECK (strength IN ('MUST', 'SHOULD', 'none')),
    party        TEXT NOT NULL CHECK (party IN ('client', 'server')),
    title        TEXT NOT NULL,
    condition    TEXT NOT NULL,
    citation     TEXT NOT NULL,
    citation_url TEXT,
    advice       TEXT,
    position     INTEGER NOT NULL
) STRICT;
CREATE TABLE coverage (
    capture_id INTEGER NOT NULL REFERENCES captures (id),
    stage      TEXT NOT NULL,
    counter    TEXT NOT NULL,
    time_ns    INTEGER,
    time       TEXT AS (
        strftime('%Y-%m-%dT%H:%M:%S',
                 time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch')
        || printf('.%06dZ', (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000)),
    value      INTEGER NOT NULL,
    unit       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('in', 'out', 'dropped', 'note'))
) STRICT;
CREATE UNIQUE INDEX coverage_once ON coverage (capture_id, stage, counter, ifnull(time_ns, ''));
CREATE VIEW redirects AS
    SELECT r.id, e.capture_id, r.exchange_id, r.followup_exchange_id, r.time, r.time_ns, e.client,
           e.client_ip, e.server_ip, e.server_port, e.user_agent, e.method, e.uri, e.status,
           e.location, r.target_uri, r.outcome, f.method AS followup_method,
           f.uri AS followup_uri, f.status AS followup_status, r.delay_ms, r.same_connection,
           r.confidence, r.score, r.evidence, r.chain_id, r.hop, e.request_frame,
           e.response_frame, f.request_frame AS followup_frame, e.response_capture_id,
           f.capture_id AS followup_capture_id,
           e.request_last_frame, e.response_last_frame,
           f.request_last_frame AS followup_last_frame,
           r.why, r.tier, r.repair, r.location_count, r.has_lifetime, r.is_personal,
           e.connection_id,
           f.connection_id AS followup_connection_id,
           e.time_ns AS request_time_ns, f.time_ns AS followup_time_ns,
           f.response_time_ns AS followup_response_time_ns
      FROM redirect AS r
      LEFT JOIN exchanges AS e ON e.id = r.exchange_id
      LEFT JOIN exchanges AS f ON f.id = r.followup_exchange_id;
CREATE VIEW violations AS
    SELECT v.id, v.time, v.rule, v.party, e.client, e.user_agent, e.status, e.method, e.uri,
           f.method AS followup_method, f.uri AS followup_uri, r.delay_ms, v.confidence,
           c.source, e.request_frame, e.response_frame, f.request_frame AS followup_frame,
           s.source AS response_source, t.source AS followup_source, v.message, k.citation,
           e.request_last_frame, e.response_last_frame,
           f.request_last_frame AS followup_last_frame,
           v.time_ns, v.strength, v.capture_id, v.redirect_id, v.exchange_id, r.chain_id,
           e.server_ip, e.server_port, f.status AS followup_status, k.citation_url, v.suppressed
      FROM findings AS v
      LEFT JOIN redirect AS r ON r.id = v.redirect_id
      LEFT JOIN exchanges AS e ON e.id = ifnull(r.exchange_id, v.exchange_id)
      LEFT JOIN exchanges AS f ON f.id = r.followup_exchange_id
      LEFT JOIN captures AS c ON c.id = e.capture_id
      LEFT JOIN captures AS s ON s.id = e.response_capture_id
      LEFT JOIN captures AS t ON t.id = f.capture_id
      LEFT JOIN rules AS k ON k.id = v.rule
     WHERE v.severity = 'violation';
CREATE VIEW chains AS
    SELECT r.chain_id AS id, e.capture_id, r.time, e.client,
           (SELECT count(*) FROM redirect AS n WHERE n.chain_id = r.chain_id) AS hops,
           (SELECT group_concat(method, '>')
              FROM (SELECT ifnull(x.method, '?') AS method
                      FROM redirect AS n JOIN exchanges AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id ORDER BY n.hop))
               || ifnull('>' || f.method, '') AS methods,
           (SELECT group_concat(status, '>')
              FROM (SELECT x.status
                      FROM redirect AS n JOIN exchanges AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id ORDER BY n.hop))
               || ifnull('>' || f.status, '') AS statuses,
           e.uri AS first_uri,
           CASE WHEN l.followup_exchange_id IS NULL THEN le.uri ELSE f.uri END AS last_uri,
           (SELECT count(place) > count(DISTINCT place)
              FROM (SELECT x.method || ' ' || x.uri AS place
                      FROM redirect AS n JOIN exchanges AS x ON x.id = n.exchange_id
                     WHERE n.chain_id = r.chain_id
                    UNION ALL
                    SELECT f.method || ' ' || f.uri)) AS is_loop,
           (coalesce(f.response_time_ns, f.time_ns, l.time_ns) - ifnull(e.time_ns, r.time_ns))
               / 1000000.0 AS duration_ms,
           l.outcome, l.target_uri, l.id AS last_redirect_id, r.time_ns, e.user_agent
      FROM redirect AS r
      JOIN redirect AS l ON l.id = (SELECT n.id FROM redirect AS n
                                     WHERE n.chain_id = r.chain_id ORDER BY n.hop DESC LIMIT 1)
      LEFT JOIN exchanges AS e ON e.id = r.exchange_id
      LEFT JOIN exchanges AS le ON le.id = l.exchange_id
      LEFT JOIN exchanges AS f ON f.id = l.followup_exchange_id
     WHERE r.id = r.chain_id;
