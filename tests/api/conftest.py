"""The API on a real Unix socket and a real TCP port, over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from dockschedd.api import server, serving, sockets
from dockschedd.core import model
from dockschedd.store import open_store
from tests.api import daemon as parts
from tests.fake_clock import settle

Start = Callable[..., AbstractAsyncContextManager[parts.Daemon]]


@pytest.fixture
def start(tmp_path) -> Start:
    """Starts a daemon; its services can be changed by name."""

    @asynccontextmanager
    async def starting(**changes: Any) -> AsyncIterator[parts.Daemon]:
        store = await open_store(
            f"sqlite://{tmp_path}/dockschedd.db", audit_keys=parts.AUDIT_KEYS, audit_key_id="1"
        )
        try:
            found = parts.assemble(store, tmp_path, **changes)
            unix = sockets.bind_unix(found.socket, group="no-such-group")
            tcp = sockets.bind_tcp("127.0.0.1", 0)
            found.tcp = f"http://127.0.0.1:{tcp.getsockname()[1]}"
            async with serving.serving(server.build(found.services), unix=unix, tcp=tcp):
                yield found
                await found.close()
            found.services.passwords.close()
            # Transports that were closed are let go in the loop's next rounds.
            await settle()
        finally:
            await store.close()

    return starting


@pytest.fixture
async def daemon(start: Start) -> AsyncIterator[parts.Daemon]:
    """A daemon with two stacks on `local`, one on `away`, which cannot be reached."""
    async with start() as found:
        yield found


async def next_run(items: AsyncIterator[Any]) -> model.Run:
    """The next run that the bus tells of."""
    while not isinstance(item := await anext(items), model.Run):
        pass
    return item
