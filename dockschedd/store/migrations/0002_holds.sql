-- Holds and the freeze; what a run does on a busy stack; occurrences that are spread.

ALTER TABLE schedules
    ADD COLUMN if_busy TEXT NOT NULL DEFAULT 'wait' CHECK (if_busy IN ('wait', 'skip', 'replace'));
ALTER TABLE schedules
    ADD COLUMN spread_ms BIGINT NOT NULL DEFAULT 0 CHECK (spread_ms >= 0);
ALTER TABLE runs
    ADD COLUMN if_busy TEXT NOT NULL DEFAULT 'wait' CHECK (if_busy IN ('wait', 'skip', 'replace'));
ALTER TABLE runs
    ADD COLUMN start_at TEXT;

DROP INDEX runs_planned;
DROP INDEX runs_planned_on_stack;
CREATE INDEX runs_planned ON runs (COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';
CREATE INDEX runs_planned_on_stack ON runs (host, stack, COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';

-- A person's override of the schedules of one stack. Kept beyond its end until the ticker takes
-- it away, which it does once, after everything that it covers is recorded.
CREATE TABLE holds (
    host        TEXT COLLATE "binary" NOT NULL,
    stack       TEXT COLLATE "binary" NOT NULL,
    wants       TEXT NOT NULL CHECK (wants IN ('up', 'down')),
    owner       TEXT NOT NULL,                  -- a user's name, or local
    reason      TEXT NOT NULL,
    zone        TEXT NOT NULL,                  -- IANA name: its times are told in it
    since       TEXT NOT NULL,
    until       TEXT,                           -- NULL: until it is released
    released_by TEXT,                           -- who released it, at until
    PRIMARY KEY (host, stack)
);
CREATE INDEX holds_until ON holds (until) WHERE until IS NOT NULL;

-- All schedules are left out. One row at most, kept beyond its end as a hold is.
CREATE TABLE freezes (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    owner     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    zone      TEXT NOT NULL,
    since     TEXT NOT NULL,
    until     TEXT,
    thawed_by TEXT
);
