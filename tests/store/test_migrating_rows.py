"""Databases that were written by older versions keep every row when they are migrated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dockschedd.core import model, triggers
from dockschedd.store import migrate
from tests.store import direct, nouns
from tests.store.conftest import opened

AT = "2026-11-24T12:00:00.000000Z"
LATER = "2026-11-24T12:00:05.000000Z"
#: As version 2 wrote them.
OPTIONS = (
    '{"stop_timeout_ms":null,"wait_timeout_ms":600000,"in_place":%s,'
    '"rerun_oneshots":false,"on_error":"continue"}'
)
PLAIN, IN_PLACE = OPTIONS % "false", OPTIONS % "true"
#: Table → columns of version 2 → rows.
ROWS: dict[str, tuple[str, list[tuple]]] = {
    "schedules": (
        ("id, name, enabled, trigger_kind, cron, at, zone, action, selector, options, catch_up, "
        "deadline_ms, owner, created_at, updated_at, next_at, done, if_busy, spread_ms"),
        [
            ("s1", "Night", 1, "cron", "0 22 * * *", None, "Europe/Berlin", "stop", "local/*",
             PLAIN, "latest", 3600000, "alice", AT, AT, LATER, 0, "skip", 600000),
            ("s2", "night", 0, "at", None, LATER, "UTC", "restart", "web",
             IN_PLACE, "skip", 1500, "bob", AT, LATER, None, 1, "wait", 0),
        ],
    ),
    "occurrences": ("schedule_id, planned_at, recorded_at", [("s1", AT, LATER), ("gone", AT, AT)]),
    "runs": (
        ("id, host, stack, action, status, cause_kind, cause, actor, schedule_id, schedule_name, "
        "planned_at, deadline_at, attempt, first_started_at, options, idempotency_key, "
        "created_at, started_at, finished_at, error, superseded_by, if_busy, start_at"),
        [
            ("r1", "local", "web", "stop", "partial", "schedule", "schedule `Night`", "alice",
             "s1", "Night", AT, LATER, 2, AT, PLAIN, None, AT, AT, LATER, "it's ünder way", None,
             "skip", LATER),
            ("r2", "local", "web", "start", "running", "manual", "asked for", "bob", None, None,
             AT, None, 1, AT, IN_PLACE, "bob/key", AT, LATER, None, None, None,
             "wait", None),
            ("r3", "away", "db", "pause", "superseded", "catch-up", "missed", "alice", "s1",
             "Night", AT, LATER, 1, None, PLAIN, None, AT, None, LATER, None, "r1", "replace",
             None),
        ],
    ),
    "steps": (
        ("run_id, position, verb, container_id, container, service, after_steps, cause, status, "
        "started_at, finished_at, error_code, error"),
        [
            ("r1", 1, "stop", "c1", "web-app-1", "app", "[]", "it runs", "succeeded", AT, LATER,
             None, None),
            ("r1", 2, "wait-healthy", "c2", "web-db-1", "db", "[1]", "first", "failed", AT, LATER,
             "host-timeout", "no answer"),
            ("r2", 1, "start", "c1", "web-app-1", "app", "[]", "it is stopped", "running", LATER,
             None, None, None),
        ],
    ),
    "container_endings": ("host, container_id, ended, at", [("local", "c1", "stopped", LATER)]),
    "holds": (
        "host, stack, wants, owner, reason, zone, since, until, released_by",
        [("local", "web", "up", "alice", "a demo", "UTC", AT, LATER, None),
         ("local", "db", "down", "bob", "", "Europe/Berlin", AT, None, None)],
    ),
    "freezes": (
        "one, owner, reason, zone, since, until, thawed_by",
        [(1, "root", "new rack", "UTC", AT, None, None)],
    ),
}  # fmt: skip


def literal(value: object) -> str:
    """The value in a statement."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


async def told(url: str) -> dict[str, list[tuple]]:
    """What the tables hold in those columns."""
    return {
        table: sorted(await direct.execute(url, f"SELECT {columns} FROM {table}"), key=repr)
        for table, (columns, _) in ROWS.items()
    }


@pytest.fixture
async def old(url, kind) -> str:
    """A database of version 2 with a row of everything that the next version makes anew."""
    for each in migrate.load()[:2]:
        await direct.script(url, migrate.only(each.script, kind))
    lines = ["INSERT INTO schema_version (one, version) VALUES (1, 2)"]
    for table, (columns, rows) in ROWS.items():
        lines += [
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(literal, row))})"
            for row in rows
        ]
    await direct.script(url, ";\n".join(lines) + ";\n")
    return url


async def test_windows_come_into_a_database_without_losing_a_row(old):
    """Schedules, occurrences, runs, steps, endings, holds and the freeze are as they were."""
    before = await told(old)
    await (await opened(old)).close()

    assert before == {table: sorted(rows, key=repr) for table, (_, rows) in ROWS.items()}
    assert await told(old) == before
    new = "time_window, sleep_by, enforce, calendars"
    assert set(await direct.execute(old, f"SELECT {new} FROM schedules")) == {
        (None, "stop", "boundary", "[]")
    }
    assert set(await direct.execute(old, "SELECT after_runs, warnings FROM runs")) == {
        ("[]", "[]")
    }
    assert await direct.execute(old, "SELECT count(*) FROM stack_memories") == [(0,)]


async def test_what_was_there_is_read_by_the_new_version(old):
    """As the schedules, runs and holds that they were; they work beside windows."""
    store = await opened(old)
    try:
        async with store.transaction() as unit:
            assert await unit.schedules.names() == ("Night", "night")
            night = await unit.schedules.get("Night")
            run = await unit.runs.get("r1")
            blocks = await unit.holds.blocks()
            trigger = triggers.WindowTrigger(
                expression="mon-fri 08:00-18:00", zone="UTC", wants=triggers.Wish.AWAKE
            )
            await unit.schedules.add(nouns.schedule("office", trigger=trigger, action=None))
    finally:
        await store.close()

    assert night.trigger == triggers.CronTrigger(expression="0 22 * * *", zone="Europe/Berlin")
    assert run.options == model.RunOptions()
    assert night.next_at == datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)
    assert (run.status, run.warnings) == (model.RunStatus.PARTIAL, ())
    assert [step.verb.value for step in run.steps] == ["stop", "wait-healthy"]
    assert blocks.freeze is not None


async def test_steps_still_go_with_their_runs(old, kind):
    """The tables that were made anew refer to each other as the old ones did."""
    await (await opened(old)).close()
    pragma = "PRAGMA foreign_keys = ON;\n" if kind == "sqlite" else ""
    orphan = "INSERT INTO steps SELECT 'nobody', 9, verb, container_id, container, service, "
    orphan += "after_steps, cause, status, NULL, NULL, NULL, NULL FROM steps WHERE position = 2;"
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await direct.script(old, pragma + orphan)
    await direct.script(old, f"{pragma}DELETE FROM runs WHERE id = 'r1';")

    assert await direct.execute(old, "SELECT run_id FROM steps") == [("r2",)]
    if kind == "sqlite":
        assert await direct.execute(old, "PRAGMA foreign_key_check") == []
        assert await direct.execute(old, "PRAGMA integrity_check") == [("ok",)]


async def test_a_stack_still_has_one_running_run_and_a_key_one_use(old):
    """The indexes that say so are there again."""
    await (await opened(old)).close()
    columns, rows = ROWS["runs"]
    running = {**dict(zip(columns.split(", "), rows[1], strict=True)), "id": "r9"}
    for change in ({"idempotency_key": None}, {"status": "planned"}):
        values = ", ".join(map(literal, (running | change).values()))
        with pytest.raises(Exception, match=r"(?i)unique"):
            await direct.script(old, f"INSERT INTO runs ({columns}) VALUES ({values});")
