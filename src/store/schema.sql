-- seeother's database, schema version 4: its tables.
--
-- Promised to users: captures, exchanges, redirects, findings, violations, chains, connections,
-- rules, coverage.  The tables `exchange`, `redirect`, `pairing`, `finding` and `connection` lie
-- beneath the views of views.sql.
--
-- Times are nanoseconds since 1970-01-01T00:00:00Z (columns *_ns); the text beside them, ISO(...)
-- here, is made from them when it is read, UTC with microseconds.  The tables that grow have none:
-- SQLite makes what a generated column holds for each row that is written, too.  Frames count from 1
-- within their capture.  Text is valid UTF-8 without NUL: octets of the wire that are not become U+FFFD.  Secrets are
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
    first_time     TEXT AS (ISO(first_time_ns)),
    last_time      TEXT AS (ISO(last_time_ns)),
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

CREATE TABLE connection (
    -- A TCP connection that a stored exchange used.  Read the view `connections`.
    id            INTEGER PRIMARY KEY,
    capture_id    INTEGER REFERENCES captures (id),  -- where its first segment was seen
    client_ip     TEXT NOT NULL,                     -- the side that sent requests
    client_port   INTEGER NOT NULL,
    server_ip     TEXT NOT NULL,
    server_port   INTEGER NOT NULL,
    opened_ns     INTEGER,               -- its first segment seen
    closed_ns     INTEGER,               -- NULL while it is open
    bytes_missing INTEGER NOT NULL,      -- octets that were sent and not seen, both directions
    how_ended     TEXT NOT NULL,         -- open, fin, reset, idle, reused, evicted, ...
    opening_seen  INTEGER NOT NULL,      -- 1: its SYN was seen
    opened_frame  INTEGER,
    closed_frame  INTEGER,
    closed_capture_id INTEGER REFERENCES captures (id),
    network       TEXT                   -- the VLANs and tunnels around it, NULL: none;
                                         -- "vlan 7", "vxlan 42"
) STRICT;

CREATE TABLE exchange (
    -- A request and its final response.  Where one of the two was not seen, its columns are NULL.
    -- Read the view `exchanges`.
    id                    INTEGER PRIMARY KEY,
    capture_id            INTEGER REFERENCES captures (id),   -- of the request, else the response
    response_capture_id   INTEGER REFERENCES captures (id),
    connection_id         INTEGER REFERENCES connection (id),
    time_ns               INTEGER,   -- the request's first octet
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
    has_gap               INTEGER NOT NULL,   -- 1: octets of it are missing
    place                 INTEGER,   -- of its request among those of the connection, from 1
    request_leniency      TEXT,      -- what it was forgiven: words with a space between two;
    response_leniency     TEXT       -- NULL: it was read strictly
) STRICT;

CREATE TABLE pairing (
    -- What pairing said of redirects; as many as got the same share a row.
    id         INTEGER PRIMARY KEY,
    -- Written with OR: for IN with more than two values SQLite makes a table in memory, each time.
    outcome    TEXT NOT NULL CHECK (
        outcome = 'followed' OR outcome = 'not-followed' OR outcome = 'unobservable'
        OR outcome = 'no-location' OR outcome = 'pending' OR outcome = 'evicted'),
    why        TEXT NOT NULL,        -- a few words on the outcome
    tier       TEXT,                 -- how the follow-up matches: T0 RFC 3986, T1 WHATWG,
                                     -- T2 after normalisation, T3 after a repair
    repair     TEXT,                 -- T3: what the client mended
    confidence TEXT CHECK (
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    score      INTEGER,
    evidence   TEXT NOT NULL         -- JSON: why, and the signals with their points
) STRICT;

CREATE TABLE redirect (
    -- What is known of a redirect beyond its two exchanges.  Read the view `redirects`.
    id                   INTEGER PRIMARY KEY,
    exchange_id          INTEGER NOT NULL REFERENCES exchange (id),  -- the request and its 3xx
    followup_exchange_id INTEGER REFERENCES exchange (id),
    time_ns              INTEGER NOT NULL,    -- the first octet of the 3xx
    target_uri           TEXT,       -- Location resolved; where it was followed, as it was
    location_count       INTEGER NOT NULL,    -- how many Location lines
    delay_ms             REAL,       -- end of the 3xx's header section to the follow-up
    same_connection      INTEGER,
    chain_id             INTEGER NOT NULL,    -- the id of the chain's first redirect
    hop                  INTEGER NOT NULL,    -- its place in the chain, from 1
    has_lifetime         INTEGER NOT NULL,    -- 1: it says how long it may be cached
    is_personal          INTEGER NOT NULL,    -- 1: the request had cookies or credentials
    pairing_id           INTEGER REFERENCES pairing (id),
    lifetime_s           INTEGER,    -- how long it says; NULL: it does not, or not known
    is_momentary         INTEGER     -- 1: another request may get another one: no-store, no-cache,
                                     -- or a Vary; NULL: not known
) STRICT;

-- This one and findings_by_redirect are here, not in indexes.sql: without them `chains` and some
-- queries would take quadratic time while a monitor still writes.
CREATE INDEX redirect_by_chain ON redirect (chain_id, hop);

CREATE TABLE finding (
    -- What a rule has to say about a redirect, or about an exchange alone.
    -- Read the view `findings`.
    id          INTEGER PRIMARY KEY,
    capture_id  INTEGER REFERENCES captures (id),    -- that of the exchange
    redirect_id INTEGER REFERENCES redirect (id),    -- NULL: about the exchange alone
    exchange_id INTEGER REFERENCES exchange (id),
    time_ns     INTEGER NOT NULL,    -- of the latest message that it rests on
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
CREATE INDEX findings_by_redirect ON finding (redirect_id, severity);

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
    time       TEXT AS (ISO(time_ns)),
    value      INTEGER NOT NULL,
    unit       TEXT NOT NULL,        -- frames, segments, octets, messages, ...
    kind       TEXT NOT NULL CHECK (
        kind = 'in' OR kind = 'out' OR kind = 'dropped' OR kind = 'note')
) STRICT;

CREATE UNIQUE INDEX coverage_once ON coverage (capture_id, stage, counter, ifnull(time_ns, ''));
