-- When a file was read, by the clock: what is long read and gone is forgotten.
ALTER TABLE file ADD COLUMN read_at INTEGER NOT NULL DEFAULT 0;
UPDATE file SET read_at = COALESCE(modified, CAST(strftime('%s', 'now') AS INTEGER) * 1000000);
