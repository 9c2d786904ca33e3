-- From schema version 2 to 3: what pairing said is stored once for all redirects of which it
-- said it.  What users have made of the table stays.

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

INSERT INTO pairing (outcome, why, tier, repair, confidence, score, evidence)
SELECT outcome, why, tier, repair, confidence, score, evidence
  FROM redirect
 GROUP BY outcome, why, tier, repair, confidence, score, evidence
 ORDER BY min(id);

CREATE INDEX pairing_by_evidence ON pairing (evidence);
ALTER TABLE redirect ADD COLUMN pairing_id INTEGER REFERENCES pairing (id);
UPDATE redirect
   SET pairing_id = (SELECT p.id FROM pairing AS p
                      WHERE p.evidence = redirect.evidence AND p.outcome = redirect.outcome
                        AND p.why = redirect.why AND p.tier IS redirect.tier
                        AND p.repair IS redirect.repair AND p.confidence IS redirect.confidence
                        AND p.score IS redirect.score);
DROP INDEX pairing_by_evidence;

ALTER TABLE redirect DROP COLUMN outcome;
ALTER TABLE redirect DROP COLUMN why;
ALTER TABLE redirect DROP COLUMN tier;
ALTER TABLE redirect DROP COLUMN repair;
ALTER TABLE redirect DROP COLUMN confidence;
ALTER TABLE redirect DROP COLUMN score;
ALTER TABLE redirect DROP COLUMN evidence;
