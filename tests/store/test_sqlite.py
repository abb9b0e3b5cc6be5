"""What can happen to a SQLite file."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing, suppress
from pathlib import Path

import pytest

from dockschedd import errors
from dockschedd.store import sqlite
from tests import databases
from tests.store import nouns
from tests.store.conftest import opened


@pytest.fixture
def file(sqlite_url) -> Path:
    """Where the database is."""
    return Path(sqlite_url.removeprefix("sqlite://"))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte."""
    if os.geteuid() != 0:
        databases.missing("only root can mount a small file system: run the tests as root")
    mounted = tmp_path / "small"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted], check=True)
    yield mounted
    subprocess.run(["umount", mounted], check=True)


async def write(store, name: str) -> None:
    """Write a schedule and its entry in the audit log."""
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule(name))
        await unit.audit.append(nouns.record(target=name))


async def names(store) -> tuple[str, ...]:
    """All names, after a check that the audit log agrees."""
    async with store.reading() as unit:
        assert (await unit.audit.verify()).ok
        found = await unit.schedules.names()
        assert len(found) == (await unit.audit.head())[0]
    return found


def sound(file: Path) -> bool:
    """SQLite's own judgement of the file."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def refusal(url: str) -> errors.StoreError:
    """The error with which the store does not open."""
    with pytest.raises(errors.StoreError) as raised:
        await opened(url)
    assert raised.value.hint
    return raised.value


async def test_a_new_file_is_for_its_owner_alone(sqlite_url, file):
    """The database and what SQLite keeps beside it have mode 0600, whatever the umask."""
    before = os.umask(0)
    try:
        store = await opened(sqlite_url)
        await write(store, "one")
        modes = {stat.S_IMODE(each.stat().st_mode) for each in file.parent.glob("dockschedd.db*")}
        count = len(list(file.parent.glob("dockschedd.db*")))
        await store.close()
    finally:
        os.umask(before)

    assert ({0o600}, 3) == (modes, count)


async def test_nothing_is_left_beside_the_file_when_it_is_closed(sqlite_url, file):
    """A clean stop leaves one file."""
    await (await opened(sqlite_url)).close()

    assert [file] == list(file.parent.iterdir())


async def test_every_commit_is_on_the_disk(sqlite_url):
    """The writer runs with a write-ahead log, full synchronisation and foreign keys."""
    store = await opened(sqlite_url)
    found = {}
    for pragma in ("journal_mode", "synchronous", "foreign_keys"):
        rows = await store._writer.execute_fetchall(f"PRAGMA {pragma}")
        found[pragma] = rows[0][0]
    await store.close()

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_an_empty_file_is_a_new_database(sqlite_url, file):
    """A crash between making the file and filling it does no harm."""
    file.touch()
    store = await opened(sqlite_url)
    await write(store, "one")
    assert await names(store) == ("one",)
    await store.close()


async def filled(url: str) -> None:
    """Make a database of many pages."""
    store = await opened(url)
    async with store.transaction() as unit:
        await unit.runs.add_all([nouns.run(cause="x" * 500) for _ in range(500)])
    await store.close()


@pytest.mark.parametrize("harm", ["header", "page", "truncated", "text"])
async def test_a_damaged_file_is_named(sqlite_url, file, harm):
    """Damage is found when the file is opened, and the file is left as it is."""
    await filled(sqlite_url)
    content = bytearray(file.read_bytes())
    match harm:
        case "header":
            content[:16] = b"garbage garbage!"
        case "page":
            middle = len(content) // 2 // 4096 * 4096
            content[middle : middle + 4096] = b"\xff" * 4096
        case "truncated":
            del content[len(content) // 2 :]
        case _:
            content = bytearray(b"this is a text\n" * 1000)
    file.write_bytes(content)

    error = await refusal(sqlite_url)

    assert error.code == "store-damaged"
    assert str(file) in error.message
    assert bytes(content) == file.read_bytes()


async def test_damage_that_shows_later_is_named_too(sqlite_url, file, monkeypatch):
    """In a file that is too large to be checked, damage is an error when it is read."""
    monkeypatch.setattr(sqlite, "_CHECK_UP_TO", 0)
    await filled(sqlite_url)
    content = bytearray(file.read_bytes())
    content[4096 * 20 :] = b"\xff" * (len(content) - 4096 * 20)
    file.write_bytes(content)

    with pytest.raises(errors.StoreError) as raised:  # noqa: PT012  # raised anywhere in it
        store = await opened(sqlite_url)
        try:
            async with store.reading() as unit:
                await unit.runs.page(before=None, limit=1000)
        finally:
            await store.close()

    assert raised.value.code == "store-damaged"


async def test_a_directory_that_is_missing_is_named(tmp_path):
    """The hint says what the directory must be."""
    error = await refusal(f"sqlite://{tmp_path}/missing/dockschedd.db")

    assert error.code == "store-unavailable"
    assert "missing/dockschedd.db" in error.message


async def test_a_directory_is_no_database(tmp_path):
    """A path that is a directory is refused."""
    assert (await refusal(f"sqlite://{tmp_path}")).code == "store-unavailable"


async def test_a_read_only_file_system_is_named(small_disk):
    """A database that cannot be written is refused when it is opened."""
    url = f"sqlite://{small_disk}/dockschedd.db"
    await (await opened(url)).close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    error = await refusal(url)

    assert error.code == "store-read-only"
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    await (await opened(url)).close()


@pytest.mark.parametrize("locked", ["file", "directory"])
def test_what_its_user_cannot_write_is_named(tmp_path, locked):
    """A file or a directory without write permission is refused when it is opened."""
    if os.geteuid() == 0:
        # Root may write everywhere: somebody else has to try.
        for each in (tmp_path, *tmp_path.parents[:2]):
            each.chmod(each.stat().st_mode | 0o055)
    file = tmp_path / "dockschedd.db"
    asyncio.run(filled(f"sqlite://{file}"))
    file.chmod(0o444 if locked == "file" else 0o666)
    tmp_path.chmod(0o555 if locked == "directory" else 0o777)
    done = in_another_process(
        f"""
        from dockschedd import errors
        from dockschedd.store import sqlite
        from tests.store.conftest import opened
        async def main():
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            try:
                await opened("sqlite://{file}")
            except errors.StoreError as error:
                print(error.code)
        """
    )
    output, _ = done.communicate(timeout=30)
    tmp_path.chmod(0o755)

    assert output.strip() == "store-read-only"


async def test_a_full_disk_loses_nothing_and_is_got_over(small_disk):
    """What was committed stays; what fails says why; with space again, work goes on."""
    url = f"sqlite://{small_disk}/dockschedd.db"
    store = await opened(url)
    await write(store, "before")
    ballast = small_disk / "ballast"
    fill(ballast)
    done = ["before"]
    with pytest.raises(errors.StoreError) as raised:  # noqa: PT012  # raised anywhere in it
        for number in range(1000):
            await write(store, f"full-{number:03}")
            done.append(f"full-{number:03}")

    assert raised.value.code == "store-full"
    assert raised.value.hint
    assert tuple(done) == await names(store)
    with pytest.raises(errors.StoreError):
        await write(store, "still-full")

    ballast.unlink()
    await write(store, "zz-after")
    assert (*done, "zz-after") == await names(store)
    await store.close()
    assert sound(small_disk / "dockschedd.db")
    again = await opened(url)
    assert (*done, "zz-after") == await names(again)
    await again.close()


async def test_a_disk_that_is_full_from_the_start_is_named(small_disk):
    """No database can be made there; the error says why."""
    fill(small_disk / "ballast")

    assert (await refusal(f"sqlite://{small_disk}/dockschedd.db")).code == "store-full"


def fill(ballast: Path) -> None:
    """Leave no space."""
    with ballast.open("wb", buffering=0) as out:
        for size in (4096, 1):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                pass


async def test_a_file_that_may_not_grow_is_full(sqlite_url, file):
    """The same where the limit is on the file: the transaction is undone, the next one works."""
    store = await opened(sqlite_url)
    await write(store, "before")
    pages = (await store._writer.execute_fetchall("PRAGMA page_count"))[0][0]
    await store._writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(errors.StoreError) as raised:  # noqa: PT012  # raised anywhere in it
        async with store.transaction() as unit:
            await unit.schedules.add(nouns.schedule("never"))
            await unit.runs.add_all([nouns.run(cause="x" * 3000) for _ in range(50)])
    await store._writer.execute_fetchall("PRAGMA max_page_count = 1000000")
    await write(store, "later")

    assert raised.value.code == "store-full"
    assert await names(store) == ("before", "later")
    await store.close()


async def test_a_file_that_another_program_locks_is_named(sqlite_url, file, monkeypatch):
    """A lock that is held too long is an error that can be tried again."""
    monkeypatch.setattr(sqlite, "_SETTINGS", ("PRAGMA busy_timeout = 50",))
    store = await opened(sqlite_url)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.StoreError) as raised:
            await write(store, "one")
        other.execute("ROLLBACK")
    await write(store, "one")

    assert raised.value.code == "store-busy"
    assert await names(store) == ("one",)
    await store.close()


async def test_a_cancelled_opening_leaves_no_thread(sqlite_url, file):
    """Cancelled at any moment, opening closes what it had opened."""
    import threading

    before = threading.active_count()
    for turns in range(0, 60, 3):
        task = asyncio.create_task(opened(sqlite_url))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await (await task).close()
        for each in list(threading.enumerate())[before:]:
            each.join(5)
        assert before == threading.active_count()
    store = await opened(sqlite_url)
    await write(store, "one")
    await store.close()
    assert sound(file)


def in_another_process(code: str) -> subprocess.Popen[str]:
    """Run the coroutine function `main` that the code defines."""
    program = "import asyncio, os\n" + textwrap.dedent(code) + "\nasyncio.run(main())\n"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("lines", [1, 7, 40])
async def test_a_killed_process_leaves_whole_transactions(sqlite_url, file, lines):
    """After kill -9 in the middle, everything that was reported is there, and nothing half."""
    writer = in_another_process(
        f"""
        from tests.store.conftest import opened
        from tests.store import nouns
        async def main():
            store = await opened("{sqlite_url}")
            for number in range(100000):
                async with store.transaction() as unit:
                    await unit.schedules.add(nouns.schedule(f"s{{number:06}}"))
                    await unit.audit.append(nouns.record(target=f"s{{number:06}}"))
                print(number, flush=True)
        """
    )
    try:
        reported = [int(writer.stdout.readline()) for _ in range(lines)]
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

    store = await opened(sqlite_url)
    found = await names(store)
    await write(store, "zz")
    await store.close()
    assert tuple(f"s{number:06}" for number in range(len(found))) == found
    assert len(found) > reported[-1]
    assert sound(file)


async def test_a_copy_that_was_taken_while_running_is_whole(sqlite_url, file, tmp_path):
    """The files as they are at any moment, in the middle of a transaction too, are a database."""
    store = await opened(sqlite_url)
    await write(store, "one")
    copy = tmp_path / "copy"
    copy.mkdir()
    async with store.transaction() as unit:
        await unit.schedules.add(nouns.schedule("two"))
        for each in file.parent.glob("dockschedd.db*"):
            shutil.copy(each, copy)
    await store.close()

    copied = await opened(f"sqlite://{copy}/dockschedd.db")
    assert await names(copied) == ("one",)
    await copied.close()
