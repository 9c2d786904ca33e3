-- seeother's database, schema version 1.
--
-- Promised to users: captures, exchanges, redirects, findings, violations, chains, connections,
-- rules, coverage.  The table `redirect` lies beneath `redirects` and `chains`.
--
-- Times are nanoseconds since 1970-01-01T00:00:00Z (columns *_ns); the text beside them is made
-- from them when it is read, UTC with microseconds.  Frames count from 1 within their capture.
-- Text is valid UTF-8 without NUL: octets of the wire that are not become U+FFFD.  Secrets are
-- replaced by [redacted] unless the run was told not to.
-- Foreign keys tell how rows belong together; they are not enforced while writing, since a finding
-- may be written before its redirect.  PRAGMA foreign_key_check holds after every orderly run.

CREATE TABLE captures (
    -- A capture: one file, one run on an interface, or standard input.
    id             INTEGER PRIMARY KEY,
    source         TEXT NOT NULL,        -- the path, the interface, or "-"
    kind           TEXT NOT NULL CHECK (
        kind = 'file' OR kind = 'interface' OR kind = 'stdin'),
    first_time_ns  INTEGER,              -- of the first frame; NULL without frames
    last_time_ns   INTEGER,
    first_time     TEXT AS (
        replace(datetime(first_time_ns / 1000000000 - (first_time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (first_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    last_time      TEXT AS (
        replace(datetime(last_time_ns / 1000000000 - (last_time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (last_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    packets        INTEGER NOT NULL,     -- frames read
    bytes          INTEGER NOT NULL,     -- octets of them that were captured
    kernel_dropped INTEGER,              -- frames that the kernel had no room for; NULL: not known
    status         TEXT NOT NULL         -- interrupted: the program was killed
        CHECK (
        status = 'complete' OR status = 'truncated' OR status = 'corrupt'
        OR status = 'running' OR status = 'stopped' OR status = 'interrupted'),
    detail         TEXT,                 -- a sentence about the status
    tool_version   TEXT,
    options        TEXT,                 -- JSON: how the program was called
    run            INTEGER               -- the id of the first capture that was read with this one
) STRICT;

CREATE TABLE connections (
    -- A TCP connection that a stored exchange used.
    id            INTEGER PRIMARY KEY,
    capture_id    INTEGER REFERENCES captures (id),  -- where its first segment was seen
    client_ip     TEXT NOT NULL,                     -- the side that sent requests
    client_port   INTEGER NOT NULL,
    server_ip     TEXT NOT NULL,
    server_port   INTEGER NOT NULL,
    opened_ns     INTEGER,               -- its first segment seen
    closed_ns     INTEGER,               -- NULL while it is open
    opened        TEXT AS (
        replace(datetime(opened_ns / 1000000000 - (opened_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (opened_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    closed        TEXT AS (
        replace(datetime(closed_ns / 1000000000 - (closed_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (closed_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    bytes_missing INTEGER NOT NULL,      -- octets that were sent and not seen, both directions
    how_ended     TEXT NOT NULL,         -- open, fin, reset, idle, reused, evicted, ...
    opening_seen  INTEGER NOT NULL,      -- 1: its SYN was seen
    opened_frame  INTEGER,
    closed_frame  INTEGER,
    closed_capture_id INTEGER REFERENCES captures (id),
    network       TEXT                   -- the VLANs and tunnels around it: "vlan 7", "vxlan 42"; NULL: none
) STRICT;

CREATE TABLE exchanges (
    -- A request and its final response.  Where one of the two was not seen, its columns are NULL.
    id                    INTEGER PRIMARY KEY,
    capture_id            INTEGER REFERENCES captures (id),   -- of the request, else the response
    response_capture_id   INTEGER REFERENCES captures (id),
    connection_id         INTEGER REFERENCES connections (id),
    time_ns               INTEGER,   -- the request's first octet
    time                  TEXT AS (
        replace(datetime(time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    client                TEXT,      -- who asked: the peer, or what a trusted proxy says
    client_ip             TEXT,      -- the peer
    client_port           INTEGER,
    server_ip             TEXT,
    server_port           INTEGER,
    http_version          TEXT,      -- "1.1"; the response's where the request was not seen
    method                TEXT,
    scheme                TEXT,
    authority             TEXT,      -- as sent
    target                TEXT,      -- the request-target as sent
    uri                   TEXT,      -- scheme and host in lower case, no default port
    user_agent            TEXT,
    request_content_type  TEXT,
    request_body_length   INTEGER,   -- after transfer decoding; NULL: not completely seen
    request_body_digest   TEXT,      -- BLAKE2b under SEEOTHER_DIGEST_KEY; NULL without a key
    request_frame         INTEGER,   -- the frame with the first octet of its start-line
    request_last_frame    INTEGER,   -- the frame that completes it; NULL: never completed
    request_last_capture_id INTEGER REFERENCES captures (id),   -- of request_last_frame
    status                INTEGER,
    location              TEXT,      -- the first Location, as sent
    response_content_type TEXT,
    response_body_length  INTEGER,
    response_frame        INTEGER,
    response_last_frame   INTEGER,
    response_last_capture_id INTEGER REFERENCES captures (id),
    response_time_ns      INTEGER,   -- the response's first octet
    response_time         TEXT AS (
        replace(datetime(response_time_ns / 1000000000 - (response_time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (response_time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    has_gap               INTEGER NOT NULL,   -- 1: octets of it are missing
    place                 INTEGER,   -- of its request among those of the connection, from 1
    request_leniency      TEXT,      -- what it was forgiven: words with a space between two;
    response_leniency     TEXT       -- NULL: it was read strictly
) STRICT;

CREATE TABLE redirect (
    -- What is known of a redirect beyond its two exchanges.  Read the view `redirects`.
    id                   INTEGER PRIMARY KEY,
    exchange_id          INTEGER NOT NULL REFERENCES exchanges (id),  -- the request and its 3xx
    followup_exchange_id INTEGER REFERENCES exchanges (id),
    time_ns              INTEGER NOT NULL,    -- the first octet of the 3xx
    time                 TEXT AS (
        replace(datetime(time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    target_uri           TEXT,       -- Location resolved; where it was followed, as it was
    location_count       INTEGER NOT NULL,    -- how many Location lines
    -- Written with OR: for IN with more than two values SQLite makes a table in memory, each time.
    outcome              TEXT NOT NULL CHECK (
        outcome = 'followed' OR outcome = 'not-followed' OR outcome = 'unobservable'
        OR outcome = 'no-location' OR outcome = 'pending' OR outcome = 'evicted'),
    why                  TEXT NOT NULL,       -- a few words on the outcome
    tier                 TEXT,       -- how the follow-up matches: T0 RFC 3986, T1 WHATWG,
                                     -- T2 after normalisation, T3 after a repair
    repair               TEXT,       -- T3: what the client mended
    delay_ms             REAL,       -- end of the 3xx's header section to the follow-up
    same_connection      INTEGER,
    confidence           TEXT CHECK (
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    score                INTEGER,
    evidence             TEXT NOT NULL,       -- JSON: why, and the signals with their points
    chain_id             INTEGER NOT NULL,    -- the id of the chain's first redirect
    hop                  INTEGER NOT NULL,    -- its place in the chain, from 1
    has_lifetime         INTEGER NOT NULL,    -- 1: it says how long it may be cached
    is_personal          INTEGER NOT NULL     -- 1: the request had cookies or credentials
) STRICT;

-- This one and findings_by_redirect are here, not in indexes.sql: without them `chains` and some
-- queries would take quadratic time while a monitor still writes.
CREATE INDEX redirect_by_chain ON redirect (chain_id, hop);

CREATE TABLE findings (
    -- What a rule has to say about a redirect, or about an exchange alone.
    id          INTEGER PRIMARY KEY,
    capture_id  INTEGER REFERENCES captures (id),    -- that of the exchange
    redirect_id INTEGER REFERENCES redirect (id),    -- NULL: about the exchange alone
    exchange_id INTEGER REFERENCES exchanges (id),
    time_ns     INTEGER NOT NULL,    -- of the latest message that it rests on
    time        TEXT AS (
        replace(datetime(time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    rule        TEXT NOT NULL REFERENCES rules (id),
    severity    TEXT NOT NULL CHECK (
        severity = 'violation' OR severity = 'warning' OR severity = 'info'),
    strength    TEXT NOT NULL CHECK (
        strength = 'MUST' OR strength = 'SHOULD' OR strength = 'none'),
    party       TEXT NOT NULL CHECK (party IN ('client', 'server')),
    message     TEXT NOT NULL,       -- one sentence
    evidence    TEXT,                -- JSON
    confidence  TEXT CHECK (              -- of the pair it rests on
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    suppressed  TEXT,                -- why it is known and fails no pipeline; NULL: it is not
    evidence_file TEXT               -- its slice in the directory of `monitor --evidence`, or NULL
) STRICT;

-- With severity, so that SQLite takes it rather than findings_by_severity, and needs no ANALYZE.
CREATE INDEX findings_by_redirect ON findings (redirect_id, severity);

CREATE TABLE rules (
    -- What is checked, as the program that wrote last knows it.
    id           TEXT PRIMARY KEY,
    severity     TEXT NOT NULL CHECK (
        severity = 'violation' OR severity = 'warning' OR severity = 'info'),  -- the highest
    strength     TEXT NOT NULL CHECK (
        strength = 'MUST' OR strength = 'SHOULD' OR strength = 'none'),        -- the highest
    party        TEXT NOT NULL CHECK (party IN ('client', 'server')),
    title        TEXT NOT NULL,
    condition    TEXT NOT NULL,
    citation     TEXT NOT NULL,
    citation_url TEXT,
    advice       TEXT,
    position     INTEGER NOT NULL    -- its place in the catalogue
) STRICT;

CREATE TABLE coverage (
    -- What every stage took in, handed on and dropped.  Within a stage and a unit the values of
    -- kind `in` and those of kinds `out` and `dropped` have the same sum; `note` stands beside.
    capture_id INTEGER NOT NULL REFERENCES captures (id),
    stage      TEXT NOT NULL,
    counter    TEXT NOT NULL,
    time_ns    INTEGER,              -- the minute; NULL: the whole run
    time       TEXT AS (
        replace(datetime(time_ns / 1000000000 - (time_ns % 1000000000 < 0), 'unixepoch'),
                ' ', 'T')
        || '.' || substr(1000000 + (time_ns % 1000000000 + 1000000000) % 1000000000 / 1000, 2)
        || 'Z'),
    value      INTEGER NOT NULL,
    unit       TEXT NOT NULL,        -- frames, segments, octets, messages, ...
    kind       TEXT NOT NULL CHECK (
        kind = 'in' OR kind = 'out' OR kind = 'dropped' OR kind = 'note')
) STRICT;

CREATE UNIQUE INDEX coverage_once ON coverage (capture_id, stage, counter, ifnull(time_ns, ''));

CREATE VIEW redirects AS
    -- A redirect with its request (R), its 3xx response (S) and the request that followed it (F).
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
    -- The findings of severity `violation`, with what a person needs in one row.
    SELECT v.id, v.time, v.rule, v.party, e.client, e.user_agent, e.status, e.method, e.uri,
           f.method AS followup_method, f.uri AS followup_uri, r.delay_ms, v.confidence,
           c.source, e.request_frame, e.response_frame, f.request_frame AS followup_frame,
           s.source AS response_source, t.source AS followup_source, v.message, k.citation,
           e.request_last_frame, e.response_last_frame,
           f.request_last_frame AS followup_last_frame,
           v.time_ns, v.strength, v.capture_id, v.redirect_id, v.exchange_id, r.chain_id,
           e.server_ip, e.server_port, f.status AS followup_status, k.citation_url, v.suppressed,
           v.evidence_file
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
    -- Redirects that follow one another; a lone one is a chain of 1 hop.  The words are joined in
    -- order of hop, and the last follow-up ends them; `?` is a request that was not seen.  is_loop:
    -- the same method and URI (as stored) appear twice.  duration_ms: from the first octet of the
    -- first message to the first octet of the last.
    -- An ordered subquery feeds each group_concat, which SQLite keeps in that order.
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
