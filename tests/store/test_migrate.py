"""Migrations and schema.sql, on both databases."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

import dockschedd
from dockschedd import errors
from dockschedd.core import holds, model, triggers
from dockschedd.store import migrate, open_store
from tests.store import direct, nouns
from tests.store.conftest import KEYS, opened

SCHEMA = Path(dockschedd.__file__).with_name("schema.sql")
MIGRATIONS = Path(migrate.__file__).with_name("migrations")

SQLITE_CATALOGUE = "SELECT type, name, tbl_name, sql FROM sqlite_master"

POSTGRESQL_CATALOGUE = """
    SELECT 'column', table_name || '.' || column_name, ordinal_position || ' ' || data_type,
           is_nullable || ' ' || COALESCE(column_default, '') || ' '
               || COALESCE(collation_name, '')
    FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef
    FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
    UNION ALL
    SELECT 'function', proname, prolang::text, prosrc
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
    UNION ALL
    SELECT 'collation', collname, collcollate, collprovider::text
    FROM pg_collation WHERE collnamespace = current_schema()::regnamespace
"""


async def catalogue(url: str) -> list[tuple]:
    """All that the database knows of its tables, without comments, blanks and its own name."""
    query = SQLITE_CATALOGUE if url.startswith("sqlite") else POSTGRESQL_CATALOGUE
    found = []
    for row in await direct.execute(url, query):
        words = [re.sub(r"--[^\n]*", "", word or "") for word in row]
        words = [re.sub(r"\btest_\d+(_plain)?\b\.?", "", word) for word in words]
        found.append(tuple(" ".join(word.split()) for word in words))
    return sorted(found)


@pytest.fixture
async def plain_url(url, request):
    """A second empty database of the same kind."""
    if url.startswith("sqlite"):
        yield url.replace("dockschedd.db", "plain.db")
        return
    administration = request.getfixturevalue("administration")
    name = url.rpartition("=")[2] + "_plain"
    await administration.execute(f"CREATE SCHEMA {name}")
    yield f"{url}_plain"
    await administration.execute(f"SET client_min_messages = warning; DROP SCHEMA {name} CASCADE")


async def test_the_schema_is_what_all_migrations_lead_to(url, plain_url, kind):
    """A database made from schema.sql and one that was migrated cannot be told apart."""
    await (await opened(url)).close()
    await direct.script(plain_url, migrate.only(SCHEMA.read_text(), kind))

    migrated = await catalogue(url)
    assert len(migrated) > 20
    assert await catalogue(plain_url) == migrated


async def test_a_database_is_migrated_once(store, url):
    """Opening again applies nothing and keeps everything."""
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule())
    newest = len(migrate.load())

    again = await opened(url)
    try:
        async with again.reading() as unit:
            assert await unit.schedules.names() == ("night",)
    finally:
        await again.close()
    assert [(1, newest)] == await direct.execute(url, "SELECT one, version FROM schema_version")


async def test_a_newer_database_is_refused_and_left_alone(url):
    """A program that is older than the database stops, says both versions, and what to do."""
    await (await opened(url)).close()
    await direct.execute(url, "UPDATE schema_version SET version = 999 RETURNING version")
    before = await catalogue(url)

    with pytest.raises(errors.Startup, match="999") as raised:
        await opened(url)

    assert raised.value.code == "database-newer"
    assert raised.value.hint
    assert before == await catalogue(url)


async def test_a_database_of_something_else_is_refused_and_left_alone(url):
    """Tables that are not ours are never touched."""
    await direct.script(url, "CREATE TABLE users (id INTEGER); INSERT INTO users VALUES (7);")

    with pytest.raises(errors.DockschedError) as raised:
        await opened(url)

    assert raised.value.code == "database-foreign"
    assert raised.value.hint
    assert await direct.execute(url, "SELECT * FROM users") == [(7,)]


@pytest.mark.postgres
async def test_daemons_that_start_together_migrate_once(postgresql_url):
    """Whoever comes second finds the work done."""
    stores = await asyncio.gather(*(opened(postgresql_url) for _ in range(4)))
    for each in stores:
        await each.close()

    assert await direct.execute(postgresql_url, "SELECT COUNT(*) FROM schema_version") == [(1,)]


async def test_a_migration_that_fails_leaves_nothing_behind(store, url, kind):
    """What a failing script had done is undone, and the version stays at the one before."""
    if kind == "sqlite":
        from dockschedd.store import sqlite as module

        target = module._Target(store._writer, store._path)
    else:
        from dockschedd.store import postgres as module

        target = module._Target(store._pool)
    before = await catalogue(url)
    version = await target.version()
    scripts = (
        "SELECT 1;",
        "CREATE TABLE first (a INTEGER);\nINSERT INTO first VALUES (1);\nnonsense;\n",
    )
    migrations = [
        *migrate.load(),
        *(
            migrate.Migration(number=version + number, name="more", script=script)
            for number, script in enumerate(scripts, 1)
        ),
    ]

    with pytest.raises(errors.StoreError):
        await migrate.migrate(target, migrations)

    assert before == await catalogue(url)
    assert version + 1 == await target.version()
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule())


def test_migrations_are_numbered_without_gaps():
    """The names say the order: 0001_core.sql, 0002_…."""
    names = sorted(path.name for path in MIGRATIONS.glob("*"))

    assert names
    for number, name in enumerate(names, 1):
        assert re.fullmatch(rf"{number:04}_[a-z0-9_]+\.sql", name)


def test_the_package_carries_the_schema():
    """schema.sql at the top level is the one that the package has."""
    assert (Path(__file__).parents[2] / "schema.sql").read_text() == SCHEMA.read_text()


def test_blocks_are_for_one_database():
    """A block is kept for its database, what is outside of all blocks for both."""
    script = "a\n-- only: sqlite\nb\n-- end\nc\n-- only: postgresql\nd\n-- end\n"

    assert migrate.only(script, "sqlite") == "a\nb\nc\n"
    assert migrate.only(script, "postgresql") == "a\nc\nd\n"


@pytest.mark.parametrize(
    "script",
    [
        "-- only: sqlite\na\n",
        "-- only: sqlite\n-- only: postgresql\n-- end\n-- end\n",
        "a\n-- end\n",
        "-- only: oracle\n-- end\n",
    ],
)
def test_blocks_that_are_not_closed_are_errors(script):
    """A block has to end, must not hold another, and names a known database."""
    with pytest.raises(ValueError):
        migrate.only(script, "sqlite")


ENUMERATIONS = {
    ("schedules", "action"): (*model.Action, *triggers.Wish),
    ("schedules", "sleep_by"): triggers.SleepBy,
    ("schedules", "enforce"): triggers.Enforce,
    ("schedules", "catch_up"): model.CatchUp,
    ("schedules", "if_busy"): model.IfBusy,
    ("runs", "if_busy"): model.IfBusy,
    ("holds", "wants"): holds.Wanted,
    ("runs", "action"): model.Action,
    ("runs", "status"): model.RunStatus,
    ("runs", "cause_kind"): model.CauseKind,
    ("steps", "verb"): model.Verb,
    ("steps", "status"): model.StepStatus,
    ("container_endings", "ended"): model.Ended,
    ("users", "role"): ("viewer", "operator", "admin"),
    ("schedules", "trigger_kind"): ("cron", "at", "window"),
    ("audit", "outcome"): ("ok", "refused", "failed"),
}


def test_enumerations_are_the_same_in_sql_and_in_python():
    """Every CHECK … IN over text lists exactly the members of its enumeration."""
    found = {}
    for table in re.finditer(r"CREATE TABLE (\w+) \((.*?)\n\);", SCHEMA.read_text(), re.DOTALL):
        for check in re.finditer(r"CHECK \((\w+) IN \(('[^)]*)\)\)", table[2]):
            found[table[1], check[1]] = set(re.findall(r"'([^']*)'", check[2]))

    assert found == {place: {str(each) for each in of} for place, of in ENUMERATIONS.items()}


@pytest.mark.parametrize("url", ["sqlite://relative.db", "mysql://x/y", "sqlite:///", "x", ""])
async def test_a_url_that_names_no_database_is_refused(url):
    """The error shows both forms that work."""
    with pytest.raises(errors.Startup) as raised:
        await opened(url)

    assert raised.value.code == "database-url"
    assert "postgresql://" in (raised.value.hint or "")


async def test_the_signing_key_has_to_be_there(sqlite_url):
    """Without the key that signs, nothing is opened and no file is made."""
    with pytest.raises(errors.Startup):
        await open_store(sqlite_url, audit_keys=KEYS, audit_key_id="other")

    assert not Path(sqlite_url.removeprefix("sqlite://")).exists()
