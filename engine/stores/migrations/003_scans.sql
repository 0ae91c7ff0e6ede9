-- What a service has scanned, and what people have asked of it.

CREATE TABLE scan (
    number     INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    files      INTEGER NOT NULL DEFAULT 0,
    events     INTEGER NOT NULL DEFAULT 0,
    detections INTEGER NOT NULL DEFAULT 0,
    alerts     INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL,
    fault      TEXT
);

CREATE TABLE wish (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
