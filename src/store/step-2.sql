-- From schema version 2 to 3: what pairing said is stored once for all redirects of which it said it.

CREATE TABLE pairing (

    id         INTEGER PRIMARY KEY,

    outcome    TEXT NOT NULL CHECK (
        outcome = 'followed' OR outcome = 'not-followed' OR outcome = 'unobservable'
        OR outcome = 'no-location' OR outcome = 'pending' OR outcome = 'evicted'),
    why        TEXT NOT NULL,
    tier       TEXT,

    repair     TEXT,
    confidence TEXT CHECK (
        confidence = 'high' OR confidence = 'medium' OR confidence = 'low'),
    score      INTEGER,
    evidence   TEXT NOT NULL
) STRICT;

CREATE TABLE slim (

    id                   INTEGER PRIMARY KEY,
    exchange_id          INTEGER NOT NULL REFERENCES exchange (id),
    followup_exchange_id INTEGER REFERENCES exchange (id),
    time_ns              INTEGER NOT NULL,
    target_uri           TEXT,
    location_count       INTEGER NOT NULL,
    pairing_id           INTEGER NOT NULL REFERENCES pairing (id),
    delay_ms             REAL,
    same_connection      INTEGER,
    chain_id             INTEGER NOT NULL,
    hop                  INTEGER NOT NULL,
    has_lifetime         INTEGER NOT NULL,
    is_personal          INTEGER NOT NULL
) STRICT;

INSERT INTO pairing (outcome, why, tier, repair, confidence, score, evidence)
SELECT outcome, why, tier, repair, confidence, score, evidence
  FROM redirect
 GROUP BY outcome, why, tier, repair, confidence, score, evidence
 ORDER BY min(id);

CREATE INDEX pairing_by_evidence ON pairing (evidence);

INSERT INTO slim
SELECT id, exchange_id, followup_exchange_id, time_ns, target_uri, location_count,
       (SELECT p.id FROM pairing AS p
         WHERE p.evidence = r.evidence AND p.outcome = r.outcome AND p.why = r.why
           AND p.tier IS r.tier AND p.repair IS r.repair AND p.confidence IS r.confidence
           AND p.score IS r.score),
       delay_ms, same_connection, chain_id, hop, has_lifetime, is_personal
  FROM redirect AS r
 ORDER BY id;

DROP INDEX pairing_by_evidence;
DROP TABLE redirect;
ALTER TABLE slim RENAME TO redirect;
CREATE INDEX redirect_by_chain ON redirect (chain_id, hop);
