-- From schema version 1 to 2: tables that grow lie beneath views, which have the times as text.
-- Columns that were generated take no room, so this takes no time.

ALTER TABLE connections RENAME TO connection;
ALTER TABLE connection DROP COLUMN opened;
ALTER TABLE connection DROP COLUMN closed;

ALTER TABLE exchanges RENAME TO exchange;
ALTER TABLE exchange DROP COLUMN time;
ALTER TABLE exchange DROP COLUMN response_time;

ALTER TABLE redirect DROP COLUMN time;

ALTER TABLE findings RENAME TO finding;
ALTER TABLE finding DROP COLUMN time;
