-- What was read, what it found, and the windows of correlations. Times are microseconds since 1970.

-- Single values under their names: the watermark, what the last run was about, ...
CREATE TABLE mark (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- The files that were read. target: what the user named, ref: the file relative to it. content: digest of its `size`
-- bytes. position: of the last record that was taken; whole: that was the last one there is. run: that read it last.
CREATE TABLE file (
    target   TEXT NOT NULL,
    ref      TEXT NOT NULL,
    size     INTEGER NOT NULL,
    modified INTEGER,
    content  BLOB NOT NULL,
    position INTEGER NOT NULL,
    whole    INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    PRIMARY KEY (target, ref)
) WITHOUT ROWID;
CREATE INDEX file_content ON file (content) WHERE whole = 1;

-- Detections that were reported, by a digest of rule and event id. at: when they were read, by the clock.
CREATE TABLE seen (identity BLOB PRIMARY KEY, at INTEGER NOT NULL, run INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

-- Hits of files in `file` that no correlation has taken yet: a run stopped before it decided.
CREATE TABLE waiting_hit (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, run INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX waiting_hit_time ON waiting_hit (time);

-- Episodes that were decided and not printed yet: a run stopped in between. The newest of an id counts.
CREATE TABLE unsaid_episode (number INTEGER PRIMARY KEY, body BLOB NOT NULL);

-- Correlations that have state, by digests of what they mean; body: how far each was decided.
CREATE TABLE correlation (meaning TEXT PRIMARY KEY, key TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;

-- Numbers for these digests, and for what else has slots.
CREATE TABLE meaning (number INTEGER PRIMARY KEY, meaning TEXT NOT NULL UNIQUE);

-- One correlation for one group: what is written anew each time, and what is only added to.
CREATE TABLE slot (
    meaning INTEGER NOT NULL,
    grp     TEXT NOT NULL,
    head    BLOB NOT NULL,
    wake_at INTEGER,
    PRIMARY KEY (meaning, grp)
) WITHOUT ROWID;

CREATE TABLE chunk (
    meaning INTEGER NOT NULL,
    grp     TEXT NOT NULL,
    number  INTEGER NOT NULL,
    body    BLOB NOT NULL,
    UNIQUE (meaning, grp, number)
);
