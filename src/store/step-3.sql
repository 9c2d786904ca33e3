-- From schema version 3 to 4: what a redirect says of how long it may be kept.  Of redirects that are
-- there already it is not known.  What else is new is in views.sql: where URIs were redacted, chains
-- are no loops.

ALTER TABLE redirect ADD COLUMN lifetime_s INTEGER;
ALTER TABLE redirect ADD COLUMN is_momentary INTEGER;
