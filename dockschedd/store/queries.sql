-- Every query of dockschedd, named and commented; store/queries.py reads this file.
--
-- Written once for SQLite and PostgreSQL. Parameters are `:name`. PostgreSQL has to know the type
-- of each: where the place does not tell (IS NULL, a SELECT list), there is a CAST.

-- ---------------------------------------------------------------- schedules

-- name: insert_schedule
-- Nothing is inserted when the name or the id is taken.
INSERT INTO schedules (id, name, enabled, trigger_kind, cron, at, zone, action, selector, options,
                       catch_up, deadline_ms, owner, created_at, updated_at, next_at, done,
                       if_busy, spread_ms, time_window, sleep_by, enforce, calendars)
VALUES (:id, :name, :enabled, :trigger_kind, :cron, :at, :zone, :action, :selector, :options,
        :catch_up, :deadline_ms, :owner, :created_at, :updated_at, :next_at, :done,
        :if_busy, :spread_ms, :time_window, :sleep_by, :enforce, :calendars)
ON CONFLICT DO NOTHING;

-- name: replace_schedule
-- Nothing is changed when another schedule has the name: a violated constraint would abort a
-- transaction of PostgreSQL.
UPDATE schedules
SET name = :name, enabled = :enabled, trigger_kind = :trigger_kind, cron = :cron, at = :at,
    zone = :zone, action = :action, selector = :selector, options = :options,
    catch_up = :catch_up, deadline_ms = :deadline_ms, owner = :owner, created_at = :created_at,
    updated_at = :updated_at, next_at = :next_at, done = :done,
    if_busy = :if_busy, spread_ms = :spread_ms, time_window = :time_window,
    sleep_by = :sleep_by, enforce = :enforce, calendars = :calendars
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM schedules other WHERE other.name = :name AND other.id <> :id);

-- name: delete_schedule
DELETE FROM schedules WHERE id = :id;

-- name: schedule_by_name
-- An id is found before a name that looks like it.
SELECT * FROM schedules WHERE id = :name OR name = :name
ORDER BY CASE WHEN id = :name THEN 0 ELSE 1 END
LIMIT 1;

-- name: page_schedules
-- From `first` on, but not `after` itself: one range of the index.
SELECT * FROM schedules WHERE name >= :first AND name < :beyond AND name <> :after
ORDER BY name LIMIT :limit;

-- name: schedule_names
SELECT name FROM schedules ORDER BY name;

-- name: schedule_names_near
-- As many before as from there on: comparing a word with very many takes seconds.
SELECT name FROM (SELECT name FROM schedules WHERE name < :near
                  ORDER BY name DESC LIMIT :limit) AS before
UNION ALL
SELECT name FROM (SELECT name FROM schedules WHERE name >= :near
                  ORDER BY name LIMIT :limit) AS following
ORDER BY name;

-- name: count_schedules
SELECT COUNT(*) AS number FROM schedules;

-- name: due_schedules
-- The tick's question; answered from schedules_due alone.
SELECT * FROM schedules WHERE next_at <= :now AND enabled = 1
ORDER BY next_at, id LIMIT :limit;

-- name: due_schedules_after
-- The pages that follow.
SELECT * FROM schedules WHERE next_at <= :now AND enabled = 1
  AND next_at >= :next_at AND (next_at > :next_at OR id > :id)
ORDER BY next_at, id LIMIT :limit;

-- name: next_schedule
SELECT next_at FROM schedules WHERE next_at IS NOT NULL AND enabled = 1
ORDER BY next_at LIMIT 1;

-- name: upcoming_schedules
SELECT * FROM schedules WHERE next_at IS NOT NULL AND enabled = 1
ORDER BY next_at, id LIMIT :limit;

-- name: fired_once
-- Every one-off that is over is looked at: few are kept.
SELECT * FROM schedules WHERE done = 1 AND enabled = 1 AND at >= :since
ORDER BY at DESC, id LIMIT :limit;

-- name: schedule_selectors
-- Little of each, for those who look for the few that concern a stack.
SELECT id, selector FROM schedules WHERE done = 0 AND (enabled = 1 OR :enabled_only = 0)
ORDER BY id;

-- name: schedule_selectors_of_stack
-- Those that name the stack, and all patterns: whether one matches is not decided here.
SELECT id, selector FROM schedules
WHERE done = 0 AND (enabled = 1 OR :enabled_only = 0)
  AND (selector = :full OR selector = :stack OR selector LIKE '%*%' OR selector LIKE '@%')
ORDER BY id;

-- name: windows_of_stack
-- Those that name the stack, and all patterns: whether one matches is not decided here. Answered
-- from schedules_windows.
SELECT * FROM schedules
WHERE trigger_kind = 'window' AND enabled = 1 AND selector IN (:full, :stack)
UNION ALL
SELECT * FROM schedules
WHERE trigger_kind = 'window' AND enabled = 1
  AND (selector LIKE '%*%' OR selector LIKE '@%')
ORDER BY id;

-- name: any_window
SELECT id FROM schedules WHERE trigger_kind = 'window' AND enabled = 1 LIMIT 1;

-- name: all_windows
-- Answered from schedules_windows.
SELECT * FROM schedules WHERE trigger_kind = 'window' AND enabled = 1 ORDER BY id;

-- name: advance_schedule
-- Only from the instant that was seen: somebody may have edited the schedule meanwhile.
UPDATE schedules SET next_at = :next_at, done = :done WHERE id = :id AND next_at = :seen;

-- name: schedules_with_calendar
-- Those that name it. Names of calendars hold nothing that JSON writes otherwise.
SELECT * FROM schedules
WHERE calendars <> '[]' AND REPLACE(calendars, :quoted, '') <> calendars AND name > :after
ORDER BY name LIMIT :limit;

-- name: schedules_by_calendars
-- How many schedules have which calendars.
SELECT calendars, COUNT(*) AS number FROM schedules WHERE calendars <> '[]' GROUP BY calendars;

-- name: schedules_with_group
-- Those whose selector begins so.
SELECT * FROM schedules
WHERE selector LIKE '@%' AND SUBSTR(selector, 1, :length) = :begins AND name > :after
ORDER BY name LIMIT :limit;

-- name: selectors_of_groups
-- How many schedules have which selectors that name a group.
SELECT selector, COUNT(*) AS number FROM schedules WHERE selector LIKE '@%' GROUP BY selector;

-- name: move_schedule
UPDATE schedules SET next_at = :next_at WHERE id = :id;

-- name: insert_occurrence
-- The primary key says whether it had been recorded before.
INSERT INTO occurrences (schedule_id, planned_at, recorded_at)
VALUES (:schedule_id, :planned_at, :recorded_at)
ON CONFLICT DO NOTHING;

-- ---------------------------------------------------------------- calendars

-- name: insert_calendar
-- Nothing is inserted when the name is taken.
INSERT INTO calendars (name, dates, owner, updated_at)
VALUES (:name, :dates, :owner, :updated_at)
ON CONFLICT DO NOTHING;

-- name: replace_calendar
UPDATE calendars SET dates = :dates, owner = :owner, updated_at = :updated_at WHERE name = :name;

-- name: delete_calendar
DELETE FROM calendars WHERE name = :name;

-- name: calendar_by_name
SELECT * FROM calendars WHERE name = :name;

-- name: all_calendars
SELECT * FROM calendars ORDER BY name;

-- ---------------------------------------------------------------- hosts, groups

-- name: insert_host
-- Nothing is inserted when the name is taken.
INSERT INTO hosts (name, url, tls_ca, tls_cert, tls_key, plain_tcp, ssh_key, ssh_known_hosts,
                   zone, calendar, max_parallel_steps, owner, updated_at)
VALUES (:name, :url, :tls_ca, :tls_cert, :tls_key, :plain_tcp, :ssh_key, :ssh_known_hosts,
        :zone, :calendar, :max_parallel_steps, :owner, :updated_at)
ON CONFLICT DO NOTHING;

-- name: replace_host
UPDATE hosts SET
    url = :url, tls_ca = :tls_ca, tls_cert = :tls_cert, tls_key = :tls_key,
    plain_tcp = :plain_tcp, ssh_key = :ssh_key, ssh_known_hosts = :ssh_known_hosts, zone = :zone,
    calendar = :calendar, max_parallel_steps = :max_parallel_steps, owner = :owner,
    updated_at = :updated_at
WHERE name = :name;

-- name: delete_host
DELETE FROM hosts WHERE name = :name;

-- name: host_by_name
SELECT * FROM hosts WHERE name = :name;

-- name: all_hosts
SELECT * FROM hosts ORDER BY name;

-- name: schedules_of_host
-- Those whose selector names exactly this host: `prefix` is its name and the slash.
SELECT name FROM schedules WHERE SUBSTR(selector, 1, LENGTH(:prefix)) = :prefix ORDER BY name;

-- name: planned_runs_of_host
SELECT * FROM runs WHERE status = 'planned' AND host = :name ORDER BY id;

-- name: running_runs_of_host
SELECT * FROM runs WHERE status = 'running' AND host = :name ORDER BY id;

-- name: host_has_past
-- Whether anything that cannot be two hosts' is kept under the name.
SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM runs WHERE host = :name)
    OR EXISTS (SELECT 1 FROM holds WHERE host = :name)
    OR EXISTS (SELECT 1 FROM requirements WHERE host = :name OR needed_host = :name);

-- name: longest_selector_of_host
SELECT MAX(LENGTH(selector)) AS longest FROM schedules
WHERE SUBSTR(selector, 1, LENGTH(:prefix)) = :prefix;

-- name: rename_host
UPDATE hosts SET name = :new WHERE name = :name;

-- name: rename_host_in_schedules
UPDATE schedules SET selector = CAST(:new AS TEXT) || SUBSTR(selector, LENGTH(:name) + 1)
WHERE SUBSTR(selector, 1, LENGTH(:prefix)) = :prefix;

-- name: rename_host_in_runs
UPDATE runs SET host = :new WHERE host = :name;

-- name: rename_host_in_holds
UPDATE holds SET host = :new WHERE host = :name;

-- name: rename_host_in_memories
UPDATE stack_memories SET host = :new WHERE host = :name;

-- name: rename_host_in_deviations
UPDATE stack_deviations SET host = :new WHERE host = :name;

-- name: rename_host_in_endings
UPDATE container_endings SET host = :new WHERE host = :name;

-- name: rename_host_in_requirements
UPDATE requirements
SET host = CASE WHEN host = :name THEN CAST(:new AS TEXT) ELSE host END,
    needed_host = CASE WHEN needed_host = :name THEN CAST(:new AS TEXT) ELSE needed_host END
WHERE host = :name OR needed_host = :name;

-- name: forget_memories_of_host
DELETE FROM stack_memories WHERE host = :name;

-- name: forget_deviations_of_host
DELETE FROM stack_deviations WHERE host = :name;

-- name: forget_endings_of_host
DELETE FROM container_endings WHERE host = :name;

-- name: hosts_with_calendar
SELECT * FROM hosts WHERE calendar IS NOT NULL;

-- name: insert_group
-- Nothing is inserted when the name is taken.
INSERT INTO host_groups (name, hosts, owner, updated_at)
VALUES (:name, :hosts, :owner, :updated_at)
ON CONFLICT DO NOTHING;

-- name: replace_group
UPDATE host_groups SET hosts = :hosts, owner = :owner, updated_at = :updated_at
WHERE name = :name;

-- name: delete_group
DELETE FROM host_groups WHERE name = :name;

-- name: group_by_name
SELECT * FROM host_groups WHERE name = :name;

-- name: all_groups
SELECT * FROM host_groups ORDER BY name;

-- ---------------------------------------------------------------- runs

-- name: insert_run
-- Nothing is inserted when the same attempt of the same occurrence on the same stack exists, or
-- the same attempt of the same request.
INSERT INTO runs (id, host, stack, action, status, cause_kind, cause, actor, schedule_id,
                  schedule_name, planned_at, deadline_at, attempt, first_started_at, options,
                  idempotency_key, created_at, started_at, finished_at, error, superseded_by,
                  if_busy, start_at, after_runs, warnings)
VALUES (:id, :host, :stack, :action, :status, :cause_kind, :cause, :actor, :schedule_id,
        :schedule_name, :planned_at, :deadline_at, :attempt, :first_started_at, :options,
        :idempotency_key, :created_at, :started_at, :finished_at, :error, :superseded_by,
        :if_busy, :start_at, :after_runs, :warnings)
ON CONFLICT DO NOTHING;

-- name: runs_by_prefix
-- Two, so that a prefix of several is known to be one.
SELECT * FROM runs WHERE id >= :prefix AND id < :beyond ORDER BY id LIMIT 2;

-- name: runs_by_key
-- The first attempts: what was requested.
SELECT * FROM runs WHERE idempotency_key = :key AND attempt = 1 ORDER BY id;

-- name: page_runs
SELECT * FROM runs
WHERE id < :before
  AND (CAST(:host AS TEXT) IS NULL OR host = :host)
  AND (CAST(:stack AS TEXT) IS NULL OR stack = :stack)
  AND (CAST(:status AS TEXT) IS NULL OR status = :status)
ORDER BY id DESC LIMIT :limit;

-- name: page_runs_of_stack
SELECT * FROM runs
WHERE host = :host AND stack = :stack AND id < :before
  AND (CAST(:schedule_id AS TEXT) IS NULL OR schedule_id = :schedule_id)
  AND (CAST(:status AS TEXT) IS NULL OR status = :status)
ORDER BY id DESC LIMIT :limit;

-- name: page_runs_of_schedule
SELECT * FROM runs
WHERE schedule_id = :schedule_id AND id < :before
  AND (CAST(:host AS TEXT) IS NULL OR host = :host)
  AND (CAST(:stack AS TEXT) IS NULL OR stack = :stack)
  AND (CAST(:status AS TEXT) IS NULL OR status = :status)
ORDER BY id DESC LIMIT :limit;

-- name: troubled_runs
-- Answered from runs_troubled alone, which has this condition.
SELECT * FROM runs WHERE status IN ('failed', 'partial', 'missed', 'interrupted')
  AND id < :before
ORDER BY id DESC LIMIT :limit;

-- name: planned_runs
-- The first of each stack that may begin by now: later ones wait for it. `away`: names of hosts,
-- each between bars, on which those that have a deadline wait; `among` 0 leaves these out, 1 tells
-- of these only.
SELECT * FROM runs
WHERE status = 'planned' AND COALESCE(start_at, planned_at) <= :now
  AND CASE WHEN deadline_at IS NULL
            OR REPLACE(CAST(:away AS TEXT), '|' || host || '|', '') = CAST(:away AS TEXT)
       THEN 0 ELSE 1 END = CAST(:among AS INTEGER)
  AND NOT EXISTS (
      SELECT 1 FROM runs earlier
      WHERE earlier.status = 'planned' AND earlier.host = runs.host AND earlier.stack = runs.stack
        AND COALESCE(earlier.start_at, earlier.planned_at)
            <= COALESCE(runs.start_at, runs.planned_at)
        AND (COALESCE(earlier.start_at, earlier.planned_at)
             < COALESCE(runs.start_at, runs.planned_at) OR earlier.id < runs.id))
ORDER BY COALESCE(start_at, planned_at), id LIMIT :limit;

-- name: planned_runs_in_turn
-- The same, the first of each host before the second of any: it reads all there are.
SELECT runs.* FROM runs JOIN (
    SELECT id, place FROM (
        SELECT id, COALESCE(start_at, planned_at) AS instant,
               ROW_NUMBER() OVER (
                   PARTITION BY host ORDER BY COALESCE(start_at, planned_at), id) AS place
        FROM runs
        WHERE status = 'planned' AND COALESCE(start_at, planned_at) <= :now
          AND CASE WHEN deadline_at IS NULL
                    OR REPLACE(CAST(:away AS TEXT), '|' || host || '|', '') = CAST(:away AS TEXT)
               THEN 0 ELSE 1 END = CAST(:among AS INTEGER)
          AND NOT EXISTS (
              SELECT 1 FROM runs earlier
              WHERE earlier.status = 'planned' AND earlier.host = runs.host AND earlier.stack = runs.stack
                AND COALESCE(earlier.start_at, earlier.planned_at)
                    <= COALESCE(runs.start_at, runs.planned_at)
                AND (COALESCE(earlier.start_at, earlier.planned_at)
                     < COALESCE(runs.start_at, runs.planned_at) OR earlier.id < runs.id))
    ) AS ranked
    ORDER BY place, instant, id LIMIT :limit
) AS chosen ON chosen.id = runs.id
ORDER BY chosen.place, COALESCE(runs.start_at, runs.planned_at), runs.id;

-- name: waiting_runs
-- Those that may begin by now and wait behind the first of their stack.
SELECT * FROM runs
WHERE status = 'planned' AND COALESCE(start_at, planned_at) <= :now
  AND EXISTS (
      SELECT 1 FROM runs earlier
      WHERE earlier.status = 'planned' AND earlier.host = runs.host AND earlier.stack = runs.stack
        AND COALESCE(earlier.start_at, earlier.planned_at)
            <= COALESCE(runs.start_at, runs.planned_at)
        AND (COALESCE(earlier.start_at, earlier.planned_at)
             < COALESCE(runs.start_at, runs.planned_at) OR earlier.id < runs.id))
ORDER BY COALESCE(start_at, planned_at), id LIMIT :limit;

-- name: next_planned_run
-- When the next one may begin that may not yet.
SELECT MIN(start_at) AS next_at FROM runs WHERE status = 'planned' AND start_at > :now;

-- name: open_runs
-- What is under way or may begin by now.
SELECT * FROM runs WHERE status = 'running'
UNION ALL
SELECT * FROM runs WHERE status = 'planned' AND COALESCE(start_at, planned_at) <= :now;

-- name: running_runs
SELECT * FROM runs WHERE status = 'running' ORDER BY host, stack;

-- name: queue_depth
-- How many there are: each is counted in its index.
SELECT (SELECT COUNT(*) FROM runs WHERE status = 'planned') AS planned,
       (SELECT COUNT(*) FROM runs WHERE status = 'running') AS running;

-- name: claim_run
-- The condition on the stack comes before runs_one_per_stack would refuse: a violated constraint
-- would abort a transaction of PostgreSQL.
UPDATE runs
SET status = 'running', started_at = :at, first_started_at = COALESCE(first_started_at, :at),
    warnings = :warnings
WHERE id = :id AND status = 'planned'
  AND (CAST(:host AS TEXT) IS NULL OR (host = :host AND stack = :stack))
  AND NOT EXISTS (
      SELECT 1 FROM runs other
      WHERE other.status = 'running' AND other.host = runs.host AND other.stack = runs.stack);

-- name: finish_run
UPDATE runs
SET status = :status, finished_at = :at, error = :error, superseded_by = :superseded_by
WHERE id = :id AND status = 'running';

-- name: settle_run
UPDATE runs
SET status = :status, finished_at = :at, cause = :cause, superseded_by = :superseded_by
WHERE id = :id AND status = 'planned'
  AND (CAST(:host AS TEXT) IS NULL OR (host = :host AND stack = :stack));

-- name: later_run
-- Attempts of one run share their planned instant and their schedule.
SELECT * FROM runs
WHERE host = :host AND stack = :stack
  AND planned_at >= :planned_at AND (planned_at > :planned_at OR id > :id)
  AND (status IN ('planned', 'running') OR started_at IS NOT NULL)
  AND NOT (planned_at = :planned_at
           AND COALESCE(schedule_id, '') = COALESCE(CAST(:schedule_id AS TEXT), ''))
ORDER BY planned_at DESC, id DESC LIMIT 1;

-- name: last_word
-- The last thing that was, or would have been, done to a stack: not what a later one or a person
-- took back. Of an attempt and those that continue it, the first.
SELECT * FROM runs
WHERE host = :host AND stack = :stack AND planned_at >= :since AND attempt = 1
  AND status NOT IN ('skipped', 'cancelled', 'superseded')
  AND CASE WHEN action = 'restart' THEN 1 ELSE 0 END = :restart
ORDER BY COALESCE(start_at, planned_at) DESC, id DESC LIMIT 1;

-- name: latest_run
SELECT * FROM runs WHERE host = :host AND stack = :stack AND started_at IS NOT NULL
ORDER BY started_at DESC, id DESC LIMIT 1;

-- name: run_samples
-- How long runs took: the newest that began since then and are over. Of one stack: runs_started.
SELECT host, stack, action, status, attempt, started_at, finished_at,
       EXISTS (SELECT 1 FROM steps WHERE steps.run_id = runs.id) AS acted
FROM runs
WHERE started_at >= :since AND finished_at IS NOT NULL
ORDER BY started_at DESC, id DESC LIMIT :limit;

-- name: run_samples_of_stack
SELECT host, stack, action, status, attempt, started_at, finished_at,
       EXISTS (SELECT 1 FROM steps WHERE steps.run_id = runs.id) AS acted
FROM runs
WHERE host = :host AND stack = :stack AND started_at >= :since AND finished_at IS NOT NULL
ORDER BY started_at DESC, id DESC LIMIT :limit;

-- name: runs_of_stack_by
-- The newest that were planned up to then, whenever they were recorded.
SELECT * FROM runs WHERE host = :host AND stack = :stack AND planned_at <= :until
ORDER BY planned_at DESC, id DESC LIMIT :limit;

-- name: last_success_by
-- The newest that had succeeded by then.
SELECT * FROM runs
WHERE host = :host AND stack = :stack AND started_at <= :until AND finished_at <= :until
  AND status = 'succeeded'
ORDER BY started_at DESC, id DESC LIMIT 1;

-- name: insert_step
INSERT INTO steps (run_id, position, verb, container_id, container, service, after_steps, cause,
                   status, started_at, finished_at, error_code, error)
VALUES (:run_id, :position, :verb, :container_id, :container, :service, :after_steps, :cause,
        :status, :started_at, :finished_at, :error_code, :error);

-- name: update_step
UPDATE steps
SET status = :status, started_at = :started_at, finished_at = :finished_at,
    error_code = :error_code, error = :error
WHERE run_id = :run_id AND position = :position;

-- name: steps_of_run
SELECT * FROM steps WHERE run_id = :run_id ORDER BY position;

-- name: steps_of_running
SELECT steps.* FROM steps JOIN runs ON runs.id = steps.run_id
WHERE runs.status = 'running' ORDER BY run_id, position;

-- name: steps_by_key
SELECT steps.* FROM steps JOIN runs ON runs.id = steps.run_id
WHERE runs.idempotency_key = :key AND runs.attempt = 1 ORDER BY run_id, position;

-- ---------------------------------------------------------------- users

-- name: insert_user
-- Nothing is inserted when the name or the id is taken.
INSERT INTO users (id, name, role, disabled, password_hash, password_changed_at, created_at)
VALUES (:id, :name, :role, :disabled, :password_hash, :password_changed_at, :created_at)
ON CONFLICT DO NOTHING;

-- name: replace_user
-- Nothing is changed when another user has the name.
UPDATE users
SET name = :name, role = :role, disabled = :disabled, password_hash = :password_hash,
    password_changed_at = :password_changed_at, created_at = :created_at
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM users other WHERE other.name = :name AND other.id <> :id);

-- name: delete_user
-- Sessions and refresh tokens go with it.
DELETE FROM users WHERE id = :id;

-- name: user_by_name
-- An id is found before a name that looks like it.
SELECT * FROM users WHERE id = :name OR name = :name
ORDER BY CASE WHEN id = :name THEN 0 ELSE 1 END
LIMIT 1;

-- name: page_users
SELECT * FROM users WHERE name > :after ORDER BY name LIMIT :limit;

-- name: count_users
SELECT COUNT(*) AS number FROM users
WHERE (CAST(:role AS TEXT) IS NULL OR role = :role) AND (disabled = 0 OR :enabled_only = 0);

-- name: insert_session
-- Nothing is inserted when the user is gone.
INSERT INTO sessions (id, user_id, origin, created_at, expires_at, revoked_at)
SELECT CAST(:id AS TEXT), users.id, CAST(:origin AS TEXT), CAST(:created_at AS TEXT),
       CAST(:expires_at AS TEXT), CAST(:revoked_at AS TEXT)
FROM users WHERE users.id = :user_id;

-- name: session_by_id
SELECT * FROM sessions WHERE id = :id;

-- name: revoke_session
UPDATE sessions SET revoked_at = :at
WHERE id = :id AND revoked_at IS NULL AND expires_at > :at;

-- name: revoke_sessions
UPDATE sessions SET revoked_at = :at
WHERE user_id = :user_id AND revoked_at IS NULL AND expires_at > :at
  AND (CAST(:keep AS TEXT) IS NULL OR id <> :keep);

-- name: delete_expired_sessions
-- Their refresh tokens go with them.
DELETE FROM sessions WHERE expires_at < :before;

-- name: insert_refresh_token
INSERT INTO refresh_tokens (hash, session_id, created_at, used_at)
VALUES (:hash, :session_id, :created_at, NULL);

-- name: session_by_refresh_token
SELECT sessions.*, refresh_tokens.used_at
FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
WHERE refresh_tokens.hash = :hash;

-- name: use_refresh_token
UPDATE refresh_tokens SET used_at = :at WHERE hash = :hash AND used_at IS NULL;

-- ---------------------------------------------------------------- audit

-- name: audit_head
SELECT seq, digest FROM audit_head WHERE one = 1;

-- name: move_audit_head
UPDATE audit_head SET seq = :seq, digest = :digest WHERE one = 1;

-- name: insert_audit_entry
INSERT INTO audit (seq, at, actor, origin, action, target, outcome, detail, key_id, previous,
                   digest)
VALUES (:seq, :at, :actor, :origin, :action, :target, :outcome, :detail, :key_id, :previous,
        :digest);

-- name: page_audit
SELECT * FROM audit
WHERE seq < :before
  AND (CAST(:actor AS TEXT) IS NULL OR actor = :actor)
  AND (CAST(:action AS TEXT) IS NULL OR action = :action)
ORDER BY seq DESC LIMIT :limit;

-- name: audit_of_schedules
-- What was done to schedules; no further back than `after`: the log is long.
SELECT * FROM audit
WHERE seq > :after AND outcome = 'ok' AND at >= :since AND at <= :until
  AND action IN ('schedule.add', 'schedule.edit', 'schedule.enable', 'schedule.disable',
                 'schedule.remove')
ORDER BY seq DESC LIMIT :limit;

-- name: audit_after
SELECT * FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit;

-- ---------------------------------------------------------------- endings

-- name: remember_ending
-- An event that arrives late does not replace a newer one.
INSERT INTO container_endings (host, container_id, ended, at)
VALUES (:host, :container_id, :ended, :at)
ON CONFLICT (host, container_id) DO UPDATE SET ended = excluded.ended, at = excluded.at
WHERE excluded.at >= container_endings.at;

-- name: endings_of_host
SELECT container_id, ended FROM container_endings WHERE host = :host;

-- name: ending_times_of_host
SELECT container_id, at FROM container_endings WHERE host = :host;

-- name: forget_ending
DELETE FROM container_endings WHERE host = :host AND container_id = :container_id;

-- ---------------------------------------------------------------- memories

-- name: memory_of_stack
SELECT * FROM stack_memories WHERE host = :host AND stack = :stack;

-- name: keep_memory
-- In place of an older one.
INSERT INTO stack_memories (host, stack, containers, run_id, at, woken_at)
VALUES (:host, :stack, :containers, :run_id, :at, :woken_at)
ON CONFLICT (host, stack) DO UPDATE
SET containers = excluded.containers, run_id = excluded.run_id, at = excluded.at,
    woken_at = excluded.woken_at;

-- name: forget_memory
DELETE FROM stack_memories WHERE host = :host AND stack = :stack;

-- name: deviation_of_stack
SELECT at FROM stack_deviations WHERE host = :host AND stack = :stack;

-- name: note_deviation
-- In place of an older one.
INSERT INTO stack_deviations (host, stack, at) VALUES (:host, :stack, :at)
ON CONFLICT (host, stack) DO UPDATE SET at = excluded.at;

-- name: forget_deviation
DELETE FROM stack_deviations WHERE host = :host AND stack = :stack;

-- ---------------------------------------------------------------- holds

-- name: all_holds
SELECT * FROM holds ORDER BY host, stack;

-- name: hold_of_stack
SELECT * FROM holds WHERE host = :host AND stack = :stack;

-- name: place_hold
-- In place of an older one.
INSERT INTO holds (host, stack, wants, owner, reason, zone, since, until, released_by)
VALUES (:host, :stack, :wants, :owner, :reason, :zone, :since, :until, :released_by)
ON CONFLICT (host, stack) DO UPDATE
SET wants = excluded.wants, owner = excluded.owner, reason = excluded.reason,
    zone = excluded.zone, since = excluded.since, until = excluded.until,
    released_by = excluded.released_by;

-- name: release_hold
UPDATE holds SET until = :at, released_by = :actor
WHERE host = :host AND stack = :stack AND released_by IS NULL
  AND (until IS NULL OR until > :at);

-- name: ended_holds
SELECT * FROM holds WHERE until <= :now OR (until IS NOT NULL AND released_by IS NOT NULL)
ORDER BY host, stack;

-- name: delete_hold
DELETE FROM holds WHERE host = :host AND stack = :stack;

-- name: next_hold_end
SELECT MIN(until) AS until FROM holds WHERE until IS NOT NULL;

-- name: the_freeze
SELECT * FROM freezes WHERE one = 1;

-- name: place_freeze
-- In place of an older one.
INSERT INTO freezes (one, owner, reason, zone, since, until, thawed_by)
VALUES (1, :owner, :reason, :zone, :since, :until, :thawed_by)
ON CONFLICT (one) DO UPDATE
SET owner = excluded.owner, reason = excluded.reason, zone = excluded.zone,
    since = excluded.since, until = excluded.until, thawed_by = excluded.thawed_by;

-- name: thaw_freeze
UPDATE freezes SET until = :at, thawed_by = :actor
WHERE one = 1 AND thawed_by IS NULL AND (until IS NULL OR until > :at);

-- name: delete_freeze
DELETE FROM freezes WHERE one = 1;

-- ---------------------------------------------------------------- requirements

-- name: all_requirements
SELECT * FROM requirements ORDER BY host, stack, needed_host, needed_stack;

-- name: insert_requirement
-- Nothing is inserted when it is there already.
INSERT INTO requirements (host, stack, needed_host, needed_stack, owner, created_at)
VALUES (:host, :stack, :needed_host, :needed_stack, :owner, :created_at)
ON CONFLICT DO NOTHING;

-- name: delete_requirement
DELETE FROM requirements
WHERE host = :host AND stack = :stack
  AND needed_host = :needed_host AND needed_stack = :needed_stack;
