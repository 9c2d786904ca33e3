-- From schema version 3 to 4: what a redirect says of how long it may be kept.  Of redirects that are
-- there already it is not known.

ALTER TABLE redirect ADD COLUMN lifetime_s INTEGER;
ALTER TABLE redirect ADD COLUMN is_momentary INTEGER;
