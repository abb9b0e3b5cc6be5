"""The databases without the store: for looking behind it and for doing it harm."""

from __future__ import annotations

import sqlite3
from contextlib import closing


async def execute(url: str, statement: str) -> list[tuple]:
    """Carry out one statement in a transaction of its own; return its rows."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection, connection:
            return connection.execute(statement).fetchall()
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def script(url: str, text: str) -> None:
    """Carry out a script."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            connection.executescript(text)
        return
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(text)
    finally:
        await connection.close()
