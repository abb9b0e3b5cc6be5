"""Stores over real databases: a SQLite file, and a database of a private PostgreSQL."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from dockschedd.store import open_store
from tests import databases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dockschedd import ports

KEYS = {"key-1": b"1" * 32}


async def opened(url: str) -> ports.Store:
    """The store at that URL."""
    return await open_store(url, audit_keys=KEYS, audit_key_id="key-1")


@pytest.fixture(scope="session")
def cluster() -> Iterator[databases.Cluster]:
    """One server for all tests of the session."""
    with databases.cluster() as running:
        yield running


@pytest.fixture(scope="session")
async def administration(cluster):
    """Makes and drops schemas."""
    import asyncpg

    connection = await asyncpg.connect(cluster.url("postgres"))
    yield connection
    await connection.close()


_numbers = itertools.count(1)


@pytest.fixture
async def postgresql_url(cluster, administration) -> AsyncIterator[str]:
    """An empty schema: made and dropped much faster than a database."""
    name = f"test_{next(_numbers)}"
    await administration.execute(f"CREATE SCHEMA {name}")
    yield f"{cluster.url('postgres')}&search_path={name}"
    await administration.execute(f"SET client_min_messages = warning; DROP SCHEMA {name} CASCADE")


@pytest.fixture
def sqlite_url(tmp_path) -> str:
    """A file that is not there yet."""
    return f"sqlite://{tmp_path}/dockschedd.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind(request) -> str:
    """Which database the test runs on."""
    return request.param


@pytest.fixture
def url(request, kind) -> str:
    """An empty database of that kind."""
    return request.getfixturevalue(f"{kind}_url")


@pytest.fixture
async def store(url) -> AsyncIterator[ports.Store]:
    """An empty store of that kind."""
    made = await opened(url)
    yield made
    await made.close()
