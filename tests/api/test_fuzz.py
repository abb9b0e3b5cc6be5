"""Requests made up from the description: whatever is sent, the daemon keeps to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Self
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from dockschedd.api import openapi, server, serving, sockets
from dockschedd.api.routes import ROUTES
from dockschedd.store import open_store
from tests.api import daemon as parts

#: They end or change the caller's session, or never end themselves.
LEFT_OUT = {"events", "logout", "passwd", "login", "refresh"}
schema = schemathesis.openapi.from_dict(openapi.document())
KEPT = [route.op for route in ROUTES if route.op not in LEFT_OUT]


class Running:
    """A daemon in a thread of its own, as the tool speaks to it without asyncio."""

    url = ""
    token = ""

    def __init__(self, directory) -> None:
        self._directory = directory
        self._ready, self._stop = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        store = await open_store(
            f"sqlite://{self._directory}/db", audit_keys=parts.AUDIT_KEYS, audit_key_id="1"
        )
        try:
            found = parts.assemble(store, self._directory)
            tcp = sockets.bind_tcp("127.0.0.1", 0)
            self.url = found.tcp = f"http://127.0.0.1:{tcp.getsockname()[1]}"
            async with serving.serving(server.build(found.services), unix=None, tcp=tcp):
                await found.add_user("root", "admin")
                found.session(local=False)
                self.token = (await found.login("root"))["access_token"]
                await found.close()
                self._ready.set()
                await self._stop.wait()
            found.services.passwords.close()
        finally:
            await store.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


@pytest.mark.timeout(180)
@schema.include(operation_id=KEPT).parametrize()
@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
def test_whatever_is_sent_the_answer_is_one_that_is_described(case, running) -> None:
    """No 500, no status, content type or body that the description does not have."""
    answer = case.call(base_url=running.url, headers={"Authorization": f"Bearer {running.token}"})
    # What a sentence means, a schema does not say: names, cron expressions, selectors.
    excluded = [checks.positive_data_acceptance]
    sent = parse_qs(urlsplit(answer.request.url).query, keep_blank_values=True)
    if set(case.query or {}) - set(sent):
        # A wrong field that cannot be written in a query was left out: what came is right.
        excluded.append(checks.negative_data_rejection)
    case.validate_response(answer, excluded_checks=excluded)
