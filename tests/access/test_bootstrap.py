"""The first administrator, from a file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from argon2 import profiles

from dockschedd.access import bootstrap
from dockschedd.access.passwords import Argon2Passwords
from dockschedd.errors import Startup
from dockschedd.store import open_store
from tests.fake_clock import CountingIds

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(
        f"sqlite://{tmp_path}/db", audit_keys={"1": b"k" * 32}, audit_key_id="1"
    )
    yield opened
    await opened.close()


@pytest.fixture
def passwords():
    found = Argon2Passwords(profiles.CHEAPEST)
    yield found
    found.close()


@pytest.fixture
def first(store, passwords, tmp_path):
    """Writes the file and makes the first administrator from it."""

    async def make(content: bytes, *, mode: int = 0o600) -> str | None:
        file = tmp_path / "admin"
        file.write_bytes(content)
        file.chmod(mode)
        return await bootstrap.first_admin(
            file, store=store, passwords=passwords, ids=CountingIds(), now=NOW
        )

    return make


async def users(store) -> dict:
    async with store.reading() as unit:
        return {user.name: user for user in await unit.users.page(after=None, limit=10)}


async def test_the_first_user_is_made_from_the_file(store, first, passwords) -> None:
    """One line, NAME:PASSWORD; the password may hold colons; and it is audited."""
    assert await first(b"alice:correct:horse battery\n") == "alice"

    alice = (await users(store))["alice"]
    assert (alice.role, alice.disabled) == ("admin", False)
    assert await passwords.verify("correct:horse battery", alice.password_hash)
    async with store.reading() as unit:
        (entry,) = await unit.audit.page(before=None, limit=10)
    assert (entry.record.action, entry.record.target) == ("user.add", "alice")
    assert "horse" not in repr(entry)


async def test_the_file_is_not_looked_at_once_there_is_a_user(store, first) -> None:
    """It cannot bring back, change or add anybody, and may be gone or wrong."""
    await first(b"alice:correct:horse battery\n")

    assert await first(b"mallory:correct:horse battery\n") is None
    assert await first(b"nonsense", mode=0o666) is None
    assert list(await users(store)) == ["alice"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not one line"),
        (b"alice", "not one line"),
        (b"alice\ncorrect horse battery", "not one line"),
        (b"alice:correct horse\nbattery", "not one line"),
        (b"al ice:correct horse battery", "name"),
        (b"alice:short", "password"),
        (b"\xff:correct horse battery", "UTF-8"),
    ],
)
async def test_a_file_that_is_wrong_is_refused(store, first, content, said) -> None:
    """With what is wrong, and without the password."""
    with pytest.raises(Startup, match=said) as refused:
        await first(content)

    assert "horse" not in str(refused.value)
    assert await users(store) == {}


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o644, 0o666])
async def test_a_file_that_others_can_read_or_change_is_refused(store, first, mode) -> None:
    """The password in it may be known, or not be the administrator's."""
    with pytest.raises(Startup) as refused:
        await first(b"alice:correct horse battery", mode=mode)

    assert refused.value.code == "keys-open"
    assert await users(store) == {}


async def test_a_group_may_read_the_file(first) -> None:
    """As systemd's credentials have it."""
    assert await first(b"alice:correct horse battery", mode=0o440) == "alice"


async def test_a_file_that_is_not_there_is_told(store, passwords, tmp_path) -> None:
    """While it is needed."""
    with pytest.raises(Startup) as refused:
        await bootstrap.first_admin(
            tmp_path / "none", store=store, passwords=passwords, ids=CountingIds(), now=NOW
        )

    assert refused.value.code == "bootstrap-file"
