"""What is asked of an engine is what is said to be asked of it, no more and no less."""

from __future__ import annotations

import asyncio
import contextlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import surface
from dockschedd.hosts.pool import DockerHosts
from tests.hosts.odd_engines import Talk, odd_engine
from tests.socket_filter import socket_filter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engines import Engine

PAGE = Path(__file__).parents[2] / "docs" / "socket-proxy.md"


async def ask_everything(hosts: DockerHosts, stack: str, container_id: str) -> None:
    """Make every call that there is."""
    await hosts.version("local")
    await hosts.identity("local")
    await hosts.check("local", now=lambda: datetime.now(UTC))
    await hosts.containers("local")
    assert stack in await hosts.containers("local", stack=stack)
    await hosts.inspect("local", container_id)
    since = datetime.now(UTC) - timedelta(seconds=5)
    await hosts.pause("local", container_id)
    await hosts.unpause("local", container_id)
    await hosts.restart("local", container_id, grace=timedelta())
    await hosts.stop("local", container_id, grace=timedelta())
    await hosts.start("local", container_id)
    async with contextlib.aclosing(hosts.events("local", since=since)) as stream:
        await asyncio.wait_for(anext(stream), 5)


@pytest.mark.docker
async def test_nothing_is_asked_that_is_not_listed_and_nothing_listed_in_vain(
    engine: Engine, compose_up: Callable[..., str], tmp_path: Path
) -> None:
    """All calls work behind a filter that allows the list, and use all of it."""
    stack = compose_up("pair")
    own = Path(engine.url.removeprefix("unix://"))
    with socket_filter(tmp_path / "filter.sock", own, surface.is_asked) as filtered:
        hosts = DockerHosts({"local": Endpoint(url=filtered.url)})
        await ask_everything(hosts, stack, engine.container_id(stack, "a"))
        await hosts.close()

    assert filtered.refused == []
    assert {surface.find(*asked) for asked in filtered.passed} == set(surface.ASKED)


@pytest.mark.docker
async def test_what_a_filter_refuses_is_named(
    engine: Engine, compose_up: Callable[..., str], tmp_path: Path
) -> None:
    """Whoever set the filter up reads which line is missing; all else goes on working."""
    stack = compose_up("pair")
    container_id = engine.container_id(stack, "a")
    own = Path(engine.url.removeprefix("unix://"))

    def reads(method: str, path: str) -> bool:
        return method == "GET" and surface.is_asked(method, path)

    with socket_filter(tmp_path / "filter.sock", own, reads) as filtered:
        hosts = DockerHosts({"local": Endpoint(url=filtered.url)})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.stop("local", container_id, grace=timedelta())
        assert stack in await hosts.containers("local")
        await hosts.close()

    assert caught.value.code == "host-filtered"
    assert "`local`" in caught.value.message
    assert "does not let `POST /containers/{id}/stop` through" in caught.value.message
    assert "socket-proxy.md" in (caught.value.hint or "")
    assert engine.is_running(stack, "a")


async def test_an_engine_that_does_not_say_who_it_is_is_no_error_of_others(tmp_path: Path) -> None:
    """A filter may refuse what is optional: only that call says so."""

    def answer(talk: Talk) -> None:
        talk.reply(b"no", 403) if talk.path.endswith("/info") else talk.well()

    with odd_engine(tmp_path, answer) as engine:
        hosts = DockerHosts({"odd": Endpoint(url=engine.url)})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.identity("odd")
        assert list(await hosts.containers("odd")) == ["web"]
        await hosts.close()

    assert "`GET /info`" in caught.value.message


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [
        ("GET", "/version", True),
        ("GET", "/v1.41/containers/json", True),
        ("POST", f"/v1.52/containers/{'a1' * 32}/start", True),
        ("POST", "/v1.41/containers/create", False),
        ("DELETE", "/v1.41/containers/a1", False),
        ("POST", "/v1.41/containers/a1/exec", False),
        ("GET", "/v1.41/containers/a1/logs", False),
        ("POST", "/v1.41/containers/a1/start/../../../build", False),
        ("GET", "/v1.41/containers/json/", False),
        ("GET", "/version\n", False),
    ],
)
def test_only_what_is_listed_matches(method: str, path: str, asked: bool) -> None:
    """As a whole: nothing may come before or after it."""
    assert surface.is_asked(method, path) is asked


def test_the_page_has_the_list_and_the_rules_that_follow_from_it() -> None:
    """docs/socket-proxy.md is what the code says, line by line."""
    text = PAGE.read_text()
    rows = re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` \| (.+?) \|$", text, re.MULTILINE)

    assert [tuple(row) for row in rows] == [
        (each.method, each.path, each.why + (" (optional)" if each.is_optional else ""))
        for each in surface.ASKED
    ]
    for method in ("GET", "POST"):
        rules = re.findall(rf"^ +- '-allow{method}=(.+)'$", text, re.MULTILINE)
        assert rules == [each.pattern for each in surface.ASKED if each.method == method]
