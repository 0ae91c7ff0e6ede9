-- Files, and messages of queues, of which something could not be decoded, and which are not read again. body: the text
-- of a message, which nobody else has any more. at: when, by the clock.
CREATE TABLE aside (
    target TEXT NOT NULL,
    ref    TEXT NOT NULL,
    fault  TEXT NOT NULL,
    body   TEXT,
    at     INTEGER NOT NULL,
    PRIMARY KEY (target, ref)
) WITHOUT ROWID;
CREATE INDEX aside_at ON aside (at);
