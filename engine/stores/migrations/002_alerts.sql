-- Alerts, what was told of them, and the outbox. Times are microseconds: event times in alert and alert_hit, the clock
-- of sending everywhere else. Bodies are msgpack.

-- Every event that a single-event rule raised, so that a replay is known. While `alert` is null it waits for the
-- watermark and has a body.
CREATE TABLE alert_hit (
    rule  TEXT NOT NULL,
    event TEXT NOT NULL,
    time  INTEGER NOT NULL,
    slot  BLOB NOT NULL,
    alert TEXT,
    body  BLOB,
    PRIMARY KEY (rule, event)
) WITHOUT ROWID;
CREATE INDEX alert_hit_waiting ON alert_hit (time, rule, event) WHERE alert IS NULL;

-- slot: digest of rule and dedup key, null for an episode. due: at which watermark it is resolved. ended: what
-- `resolved` will be. merged: the alert that it turned out to be a part of. changed: what was told may be behind.
CREATE TABLE alert (
    id           TEXT PRIMARY KEY,
    rule         TEXT NOT NULL,
    slot         BLOB,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    ended        INTEGER,
    due          INTEGER,
    resolved     INTEGER,
    level        INTEGER NOT NULL,
    acknowledged TEXT,
    merged       TEXT,
    changed      INTEGER NOT NULL,
    opened_at    INTEGER NOT NULL,
    body         BLOB NOT NULL
);
CREATE INDEX alert_slot ON alert (slot, last);
CREATE INDEX alert_due ON alert (due) WHERE resolved IS NULL;
CREATE INDEX alert_changed ON alert (id) WHERE changed = 1;
CREATE INDEX alert_merged ON alert (merged) WHERE merged IS NOT NULL AND resolved IS NULL;
CREATE INDEX alert_last ON alert (last);
CREATE INDEX alert_opened ON alert (opened_at) WHERE resolved IS NOT NULL;

-- A group of alerts that is told together on one route: what Message.thread stands for.
CREATE TABLE notice (
    key      TEXT PRIMARY KEY,
    route    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    thread   TEXT,
    sequence INTEGER NOT NULL,
    repeats  INTEGER NOT NULL,
    flush_at INTEGER,
    sent_at  INTEGER
) WITHOUT ROWID;
CREATE INDEX notice_flush ON notice (flush_at) WHERE flush_at IS NOT NULL;

-- Which alert is in which group, and what was told of it last: null, "firing", "resolved".
CREATE TABLE told (
    notice       TEXT NOT NULL,
    alert        TEXT NOT NULL,
    route        TEXT NOT NULL,
    rule         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    since        INTEGER NOT NULL,
    state        TEXT,
    hits         INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    PRIMARY KEY (notice, alert)
) WITHOUT ROWID;
CREATE INDEX told_alert ON told (alert, route);
CREATE INDEX told_rule ON told (route, rule, since) WHERE kind = 'plain';

CREATE TABLE silence (
    id       TEXT PRIMARY KEY,
    matchers TEXT NOT NULL,
    author   TEXT NOT NULL,
    comment  TEXT NOT NULL,
    starts   INTEGER NOT NULL,
    ends     INTEGER NOT NULL
) WITHOUT ROWID;

-- The outbox. One row a message and destination; state: queued, sending, sent, dead, dropped.
CREATE TABLE delivery (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    thread      TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    tried_at    INTEGER,
    attempts    INTEGER NOT NULL,
    error       TEXT,
    body        BLOB NOT NULL
);
CREATE INDEX delivery_open ON delivery (destination, number) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_thread ON delivery (thread, destination, number) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_tried ON delivery (destination, tried_at);

CREATE TABLE thread (
    destination TEXT NOT NULL,
    thread      TEXT NOT NULL,
    handle      TEXT NOT NULL,
    PRIMARY KEY (destination, thread)
) WITHOUT ROWID;

-- What a destination asked for, and how it has been doing.
CREATE TABLE destination (
    name      TEXT PRIMARY KEY,
    failures  INTEGER NOT NULL,
    paused_to INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE alert_clock (only INTEGER PRIMARY KEY CHECK (only = 1), watermark INTEGER NOT NULL);
