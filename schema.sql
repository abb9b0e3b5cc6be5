-- The whole current schema of dockschedd, for SQLite and for PostgreSQL.
--
-- The single source of truth: store/migrations/ must lead to exactly this (tests/store proves it).
-- Ids are UUIDv7 text made by the program. Instants are RFC 3339 UTC text of fixed width
-- (2026-11-24T07:00:00.000000Z), so that text order is time order. Enumerations are CHECK
-- constraints; a test compares them with Python's.
--
-- A block between `-- only: sqlite` or `-- only: postgresql` and `-- end` is used by that database
-- alone; everything else by both.

-- Names and ids that are paged through are compared byte by byte, as SQLite does by itself,
-- whatever the locale of the PostgreSQL database is: pages and cursors are the same on both.
-- only: postgresql
CREATE COLLATION "binary" FROM "C";
-- end

-- The migration that the database is at. One row.
CREATE TABLE schema_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
);

-- Somebody who can log in. Removing a user keeps what the audit log says about them.
CREATE TABLE users (
    id                  TEXT PRIMARY KEY,
    name                TEXT COLLATE "binary" NOT NULL UNIQUE,
    role                TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    disabled            INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password_hash       TEXT NOT NULL,          -- argon2id, PHC string
    password_changed_at TEXT NOT NULL,
    created_at          TEXT NOT NULL
);

-- One login. Every access token names its session, and every request looks here:
-- a revoked session ends at once.
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    origin     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Refresh tokens, hashed (SHA-256 of 256 random bits). Used once: a second use of the
-- same one revokes the session.
CREATE TABLE refresh_tokens (
    hash       TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    used_at    TEXT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- What the user wrote, and how far it has been recorded (next_at).
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
-- The tick asks for what is due by this and nothing else: its cost does not grow with the
-- number of schedules, nor with how many are due at the same instant.
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE next_at IS NOT NULL;
-- What is wanted of a stack is asked whenever it changes.
CREATE INDEX schedules_windows ON schedules (selector) WHERE trigger_kind = 'window';
CREATE INDEX schedules_with_calendars ON schedules (name) WHERE calendars <> '[]';

-- One planned instant of one schedule. The primary key is what makes "exactly once" true:
-- the tick inserts here, inserts the runs and advances schedules.next_at in one transaction.
-- Kept when the schedule is removed: history is not rewritten.
CREATE TABLE occurrences (
    schedule_id TEXT NOT NULL,
    planned_at  TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (schedule_id, planned_at)
);

-- One action on one stack.
--   planned -> running -> succeeded | partial | failed | cancelled | interrupted
--   planned -> cancelled | skipped | missed | superseded
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
-- The lock of a stack: the database refuses a second running run on it.
CREATE UNIQUE INDEX runs_one_per_stack ON runs (host, stack) WHERE status = 'running';
-- A request that is sent twice is one request; further attempts of its run keep its key.
CREATE UNIQUE INDEX runs_by_key ON runs (idempotency_key, host, stack, attempt)
    WHERE idempotency_key IS NOT NULL;
-- What waits, in the order in which it is taken, and the first of each stack.
CREATE INDEX runs_planned ON runs (COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';
CREATE INDEX runs_planned_on_stack ON runs (host, stack, COALESCE(start_at, planned_at), id)
    WHERE status = 'planned';
CREATE INDEX runs_by_stack ON runs (host, stack, planned_at, id);
CREATE INDEX runs_started ON runs (host, stack, started_at, id) WHERE started_at IS NOT NULL;
CREATE INDEX runs_by_schedule ON runs (schedule_id, id);
-- What did not end well, among very many that did.
CREATE INDEX runs_troubled ON runs (id)
    WHERE status IN ('failed', 'partial', 'missed', 'interrupted');

-- One engine call, or one wait, on one container inside a run: recorded as planned before the
-- first call is made.
--   planned -> running -> succeeded | failed | cancelled | interrupted
--   planned -> skipped | cancelled | interrupted
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

-- How the last run of a container ended, where the daemon saw it: the engine does not keep it,
-- and it tells a finished one-shot from a container that somebody stopped.
CREATE TABLE container_endings (
    host         TEXT NOT NULL,
    container_id TEXT NOT NULL,
    ended        TEXT NOT NULL CHECK (ended IN ('finished', 'stopped')),
    at           TEXT NOT NULL,
    PRIMARY KEY (host, container_id)
);

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

-- Docker Engines that were added through the API; those of the configuration are not here.
CREATE TABLE hosts (
    name               TEXT COLLATE "binary" PRIMARY KEY,
    url                TEXT NOT NULL,
    tls_ca             TEXT,                    -- files: absolute paths on the daemon's machine
    tls_cert           TEXT,
    tls_key            TEXT,
    plain_tcp          INTEGER NOT NULL CHECK (plain_tcp IN (0, 1)),
    ssh_key            TEXT,
    ssh_known_hosts    TEXT,
    zone               TEXT,                    -- IANA name; NULL: the daemon's zone
    calendar           TEXT,                    -- a name in calendars; NULL: none
    max_parallel_steps INTEGER CHECK (max_parallel_steps > 0),  -- NULL: the daemon's setting
    owner              TEXT NOT NULL,           -- a user's name, or local
    updated_at         TEXT NOT NULL
);

-- Named sets of hosts. Selectors name them with an @.
CREATE TABLE host_groups (
    name       TEXT COLLATE "binary" PRIMARY KEY,
    hosts      TEXT NOT NULL,                   -- JSON array of names, sorted
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

-- The audit log: append-only, and each row's digest is a keyed hash over the row and the
-- digest before it (core/audit.py). The key is not in the database.
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY,
    at       TEXT NOT NULL,
    actor    TEXT NOT NULL,
    origin   TEXT NOT NULL,
    action   TEXT NOT NULL,
    target   TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    detail   TEXT NOT NULL,
    key_id   TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest   TEXT NOT NULL UNIQUE
);

-- Where the chain ends. One row; it also serialises writers on PostgreSQL, and shows when
-- rows were cut off the end.
CREATE TABLE audit_head (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    seq    BIGINT NOT NULL,
    digest TEXT NOT NULL
);
INSERT INTO audit_head (one, seq, digest) VALUES (1, 0, '');

-- only: sqlite
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- end

-- only: postgresql
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
CREATE TRIGGER audit_no_update BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
-- end
