-- Windows, calendars, requirements between stacks, and what runs tell of them.
--
-- SQLite cannot change a CHECK: the tables are made anew. Their old ones are renamed first, so
-- that the new ones are called as in schema.sql; steps refer to runs and move with them.

-- only: sqlite
DROP INDEX schedules_due;
ALTER TABLE schedules RENAME TO old_schedules;
CREATE TABLE schedules (
    id                 TEXT PRIMARY KEY,
    name               TEXT COLLATE "binary" NOT NULL UNIQUE,
    enabled            INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    trigger_kind       TEXT NOT NULL CHECK (trigger_kind IN ('cron', 'at', 'window')),
    cron               TEXT,                    -- trigger_kind cron: five fields
    at                 TEXT,                    -- trigger_kind at: the instant
    zone               TEXT NOT NULL,           -- IANA name, resolved when the schedule was written
    action             TEXT NOT NULL            -- trigger_kind window: what it wants
        CHECK (action IN ('start', 'stop', 'restart', 'pause', 'unpause', 'awake', 'asleep')),
    selector           TEXT NOT NULL,           -- resolved when it is used, never to container ids
    options            TEXT NOT NULL,           -- JSON of the run's options
    catch_up           TEXT NOT NULL CHECK (catch_up IN ('latest', 'skip', 'all')),
    deadline_ms        BIGINT NOT NULL CHECK (deadline_ms > 0),
    owner              TEXT NOT NULL,           -- a user's name, or local
    created_at         TEXT NOT NULL,
    updated_at         TEXT NOT NULL,
    next_at            TEXT,                    -- first instant not yet recorded; NULL: none
    done               INTEGER NOT NULL CHECK (done IN (0, 1)),
    if_busy            TEXT NOT NULL DEFAULT 'wait' CHECK (if_busy IN ('wait', 'skip', 'replace')),
    spread_ms          BIGINT NOT NULL DEFAULT 0 CHECK (spread_ms >= 0),
    time_window        TEXT,                    -- trigger_kind window: its items
    sleep_by           TEXT NOT NULL DEFAULT 'stop' CHECK (sleep_by IN ('stop', 'pause')),
    enforce            TEXT NOT NULL DEFAULT 'boundary' CHECK (enforce IN ('boundary', 'always')),
    calendars          TEXT NOT NULL DEFAULT '[]',  -- JSON array of names
    CHECK ((trigger_kind = 'cron') = (cron IS NOT NULL)),
    CHECK ((trigger_kind = 'at') = (at IS NOT NULL)),
    CHECK ((trigger_kind = 'window') = (time_window IS NOT NULL)),
    CHECK ((trigger_kind = 'window') = (action IN ('awake', 'asleep')))
);
INSERT INTO schedules (
    id, name, enabled, trigger_kind, cron, at, zone, action, selector, options, catch_up,
    deadline_ms, owner, created_at, updated_at, next_at, done, if_busy, spread_ms)
SELECT
    id, name, enabled, trigger_kind, cron, at, zone, action, selector, options, catch_up,
    deadline_ms, owner, created_at, updated_at, next_at, done, if_busy, spread_ms
FROM old_schedules;
DROP TABLE old_schedules;
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

DROP INDEX runs_one_per_stack;
DROP INDEX runs_by_key;
DROP INDEX runs_planned;
DROP INDEX runs_planned_on_stack;
DROP INDEX runs_by_stack;
DROP INDEX runs_started;
DROP INDEX runs_by_schedule;
ALTER TABLE steps RENAME TO old_steps;
ALTER TABLE runs RENAME TO old_runs;
CREATE TABLE runs (
    id               TEXT COLLATE "binary" PRIMARY KEY,
    host             TEXT NOT NULL,
    stack            TEXT NOT NULL,
    action           TEXT NOT NULL
        CHECK (action IN ('start', 'stop', 'restart', 'pause', 'unpause')),
    status           TEXT NOT NULL
        CHECK (status IN ('planned', 'running', 'succeeded', 'partial', 'failed', 'cancelled',
                          'skipped', 'missed', 'superseded', 'interrupted')),
    cause_kind       TEXT NOT NULL
        CHECK (cause_kind IN ('schedule', 'manual', 'catch-up', 'window-edge', 'enforcement',
                              'hold-expiry', 'requirement')),
    cause            TEXT NOT NULL,
    actor            TEXT NOT NULL,
    schedule_id      TEXT,
    schedule_name    TEXT,
    planned_at       TEXT NOT NULL,
    deadline_at      TEXT,
    attempt          INTEGER NOT NULL CHECK (attempt >= 1),
    first_started_at TEXT,
    options          TEXT NOT NULL,             -- JSON
    idempotency_key  TEXT,
    created_at       TEXT NOT NULL,
    started_at       TEXT,
    finished_at      TEXT,
    error            TEXT,
    superseded_by    TEXT,
    if_busy          TEXT NOT NULL DEFAULT 'wait' CHECK (if_busy IN ('wait', 'skip', 'replace')),
    start_at         TEXT,                      -- it does not begin before; NULL: from planned_at
    after_runs       TEXT NOT NULL DEFAULT '[]',  -- JSON array: they must have succeeded before
    warnings         TEXT NOT NULL DEFAULT '[]',  -- JSON array of sentences
    UNIQUE (schedule_id, planned_at, host, stack, attempt)
);
INSERT INTO runs (
    id, host, stack, action, status, cause_kind, cause, actor, schedule_id, schedule_name,
    planned_at, deadline_at, attempt, first_started_at, options, idempotency_key,
    created_at, started_at, finished_at, error, superseded_by, if_busy, start_at)
SELECT
    id, host, stack, action, status, cause_kind, cause, actor, schedule_id, schedule_name,
    planned_at, deadline_at, attempt, first_started_at, options, idempotency_key,
    created_at, started_at, finished_at, error, superseded_by, if_busy, start_at
FROM old_runs;
CREATE TABLE steps (
    run_id       TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    verb         TEXT NOT NULL
        CHECK (verb IN ('start', 'stop', 'restart', 'pause', 'unpause',
                        'wait-healthy', 'wait-completed')),
    container_id TEXT NOT NULL,
    container    TEXT NOT NULL,
    service      TEXT NOT NULL,
    after_steps  TEXT NOT NULL,                 -- JSON array of positions
    cause        TEXT NOT NULL,
    status       TEXT NOT NULL
        CHECK (status IN ('planned', 'running', 'succeeded', 'failed', 'skipped', 'cancelled',
                          'interrupted')),
    started_at   TEXT,
    finished_at  TEXT,
    error_code   TEXT,
    error        TEXT,
    PRIMARY KEY (run_id, position)
);
INSERT INTO steps (
    run_id, position, verb, container_id, container, service, after_steps, cause, status,
    started_at, finished_at, error_code, error)
SELECT
    run_id, position, verb, container_id, container, service, after_steps, cause, status,
    started_at, finished_at, error_code, error
FROM old_steps;
DROP TABLE old_steps;
DROP TABLE old_runs;
CREATE UNIQUE INDEX runs_one_per_stack ON runs (host, stack) WHERE status = 'running';
CREATE UNIQUE INDEX runs_by_key ON runs (idempotency_key, host, stack, attempt)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_planned ON runs (COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';
CREATE INDEX runs_planned_on_stack ON runs (host, stack, COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';
CREATE INDEX runs_by_stack ON runs (host, stack, planned_at, id);
CREATE INDEX runs_started ON runs (host, stack, started_at, id) WHERE started_at IS NOT NULL;
CREATE INDEX runs_by_schedule ON runs (schedule_id, id);
-- end

-- only: postgresql
ALTER TABLE schedules DROP CONSTRAINT schedules_trigger_kind_check;
ALTER TABLE schedules DROP CONSTRAINT schedules_action_check;
ALTER TABLE schedules ADD CONSTRAINT schedules_trigger_kind_check
    CHECK (trigger_kind IN ('cron', 'at', 'window'));
ALTER TABLE schedules ADD CONSTRAINT schedules_action_check
    CHECK (action IN ('start', 'stop', 'restart', 'pause', 'unpause', 'awake', 'asleep'));
ALTER TABLE schedules ADD COLUMN time_window TEXT;
ALTER TABLE schedules
    ADD COLUMN sleep_by TEXT NOT NULL DEFAULT 'stop' CHECK (sleep_by IN ('stop', 'pause'));
ALTER TABLE schedules
    ADD COLUMN enforce TEXT NOT NULL DEFAULT 'boundary' CHECK (enforce IN ('boundary', 'always'));
ALTER TABLE schedules ADD COLUMN calendars TEXT NOT NULL DEFAULT '[]';
ALTER TABLE schedules ADD CONSTRAINT schedules_check2
    CHECK ((trigger_kind = 'window') = (time_window IS NOT NULL));
ALTER TABLE schedules ADD CONSTRAINT schedules_check3
    CHECK ((trigger_kind = 'window') = (action IN ('awake', 'asleep')));
ALTER TABLE runs DROP CONSTRAINT runs_cause_kind_check;
ALTER TABLE runs ADD CONSTRAINT runs_cause_kind_check
    CHECK (cause_kind IN ('schedule', 'manual', 'catch-up', 'window-edge', 'enforcement',
                          'hold-expiry', 'requirement'));
ALTER TABLE runs ADD COLUMN after_runs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
-- end

CREATE INDEX schedules_windows ON schedules (selector) WHERE trigger_kind = 'window';
CREATE INDEX schedules_with_calendars ON schedules (name) WHERE calendars <> '[]';

-- What ran on a stack when it was put to sleep: waking it starts that, and nothing else.
CREATE TABLE stack_memories (
    host       TEXT COLLATE "binary" NOT NULL,
    stack      TEXT COLLATE "binary" NOT NULL,
    containers TEXT NOT NULL,                   -- JSON array of [service, number]
    run_id     TEXT NOT NULL,                   -- the run that put it to sleep
    at         TEXT NOT NULL,
    woken_at   TEXT,                            -- NULL: it sleeps
    PRIMARY KEY (host, stack)
);

-- Somebody has made a stack other than its window wants it. Lives until the window's next edge.
CREATE TABLE stack_deviations (
    host  TEXT COLLATE "binary" NOT NULL,
    stack TEXT COLLATE "binary" NOT NULL,
    at    TEXT NOT NULL,
    PRIMARY KEY (host, stack)
);

-- Named sets of dates. A schedule names them in schedules.calendars.
CREATE TABLE calendars (
    name       TEXT COLLATE "binary" PRIMARY KEY,
    dates      TEXT NOT NULL,                   -- JSON array of YYYY-MM-DD, sorted
    owner      TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- A stack that needs another one: that one is started before it, and stopped after it.
CREATE TABLE requirements (
    host         TEXT COLLATE "binary" NOT NULL,
    stack        TEXT COLLATE "binary" NOT NULL,
    needed_host  TEXT COLLATE "binary" NOT NULL,
    needed_stack TEXT COLLATE "binary" NOT NULL,
    owner        TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (host, stack, needed_host, needed_stack)
);
