"""A daemon of which only the API and the store are real: what handlers do can be looked at.

Every answer is checked against the description of its operation.
"""

from __future__ import annotations

import itertools
import json as jsonlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
from argon2 import profiles

from dockschedd import ports
from dockschedd.access.keys import Key
from dockschedd.access.passwords import Argon2Passwords
from dockschedd.access.throttle import Throttle
from dockschedd.access.tokens import JwtTokens
from dockschedd.api import openapi
from dockschedd.api.routes import ROUTES, Route
from dockschedd.api.services import Services
from dockschedd.core import checks, fleet, model, people
from dockschedd.daemon.bus import Bus
from dockschedd.daemon.meter import Meter
from dockschedd.daemon.telling import TellingStore
from tests.fake_clock import CountingIds, FakeClock

PASSWORD = "quiet marmalade locomotive 27"
AUDIT_KEYS = {"1": b"a" * 32}
TOKEN_KEYS = (Key(id="1", secret=b"t" * 32),)


def container(name: str, **changes: Any) -> model.Container:
    """A running container of the service of that name."""
    found = model.Container(
        id=f"id-{name}",
        name=f"web-{name}-1",
        service=name,
        number=1,
        state=model.ContainerState.RUNNING,
    )
    return replace(found, **changes)


class FakeInventory:
    """ports.Inventory over what a test says."""

    def __init__(self) -> None:
        db = container("db")
        needs_db = (model.Dependency(service="db", condition=model.Condition.STARTED),)
        self.views = {
            "local": model.HostView(name="local", url="unix:///docker.sock", reachable=True),
            "away": model.HostView(
                name="away", url="unix:///away.sock", reachable=False, error="no route"
            ),
        }
        self.by_ref = {
            model.StackRef("local", "web"): (db, container("app", depends_on=needs_db)),
            model.StackRef("local", "mail"): (container("smtp"),),
            model.StackRef("away", "far"): (container("far"),),
        }

    def hosts(self) -> tuple[model.HostView, ...]:
        return tuple(self.views[name] for name in sorted(self.views))

    def host(self, name: str) -> model.HostView | None:
        return self.views.get(name)

    def stacks(self) -> tuple[model.Stack, ...]:
        return tuple(stack for ref in self.refs() if (stack := self.stack(ref)))

    def stack(self, ref: model.StackRef) -> model.Stack | None:
        found = self.by_ref.get(ref)
        return None if found is None else model.Stack(ref=ref, containers=found)

    def refs(self) -> tuple[model.StackRef, ...]:
        return tuple(sorted(self.by_ref))

    async def refresh(self, ref: model.StackRef) -> model.Stack | None:
        return self.stack(ref)

    async def changed(self, host: str) -> None:
        raise AssertionError("no handler waits for the inventory")


class FakeRoster:
    """ports.Roster over the inventory of a test: its hosts are those of the configuration."""

    def __init__(self, inventory: FakeInventory, clock: FakeClock) -> None:
        self._inventory, self._clock = inventory, clock
        self.shadows: set[str] = set()
        #: Name → why a host that is added cannot be reached.
        self.refuses: dict[str, str] = {}
        self.asked: list[str] = []
        #: Name → what a check finds.
        self.found: dict[str, tuple[checks.Finding, ...]] = {}
        self._hosts = {
            view.name: fleet.Host(
                name=view.name,
                endpoint=fleet.Endpoint(url=view.url),
                origin=fleet.Origin.CONFIG,
            )
            for view in inventory.hosts()
        }

    def configure(self, name: str, **changes: Any) -> None:
        """Let the configuration say something else of one of its hosts."""
        self._hosts[name] = replace(self._hosts[name], **changes)

    def hosts(self) -> tuple[fleet.Host, ...]:
        return tuple(self._hosts[name] for name in sorted(self._hosts))

    def host(self, name: str) -> fleet.Host | None:
        return self._hosts.get(name)

    def shadowed(self) -> frozenset[str]:
        return frozenset(self.shadows)

    def put(self, host: fleet.Host) -> None:
        self._hosts[host.name] = host
        why = self.refuses.get(host.name)
        self._inventory.views[host.name] = model.HostView(
            name=host.name,
            url=host.endpoint.url,
            reachable=why is None,
            error=why,
            seen_at=self._clock.now() if why is None else None,
            engine_version="29.1.3" if why is None else None,
        )

    def drop(self, name: str) -> None:
        if name in self.shadows:
            self.shadows.discard(name)
            return
        del self._hosts[name], self._inventory.views[name]
        for ref in [ref for ref in self._inventory.by_ref if ref.host == name]:
            del self._inventory.by_ref[ref]

    def rename(self, old: str, host: fleet.Host) -> None:
        for ref in [ref for ref in self._inventory.by_ref if ref.host == old]:
            moved = model.StackRef(host.name, ref.name)
            self._inventory.by_ref[moved] = self._inventory.by_ref.pop(ref)
        del self._hosts[old], self._inventory.views[old]
        self.put(host)

    async def check(self, name: str) -> tuple[checks.Finding, ...]:
        return self.found[name]

    async def tried(self, name: str, *, within: timedelta) -> None:
        self.asked.append(name)


class FakeExecutor:
    """ports.Executor that only cancels what is planned."""

    def __init__(self, store: ports.Store, clock: ports.Clock) -> None:
        self._store, self._clock = store, clock
        self.woken = 0
        #: Runs that were to be cancelled, with whoever wanted it.
        self.cancelled: list[tuple[str, str]] = []

    def wake(self) -> None:
        self.woken += 1

    async def cancel(self, run_id: str, *, actor: str) -> bool:
        self.cancelled.append((run_id, actor))
        async with self._store.transaction() as unit:
            return await unit.runs.settle(
                run_id,
                status=model.RunStatus.CANCELLED,
                at=self._clock.now(),
                cause=f"cancelled by {actor}",
            )


class FakeEnforcer:
    """Counts how often it is told that schedules changed, and keeps what it is to evaluate."""

    def __init__(self) -> None:
        self.woken = 0
        self.evaluated: list[tuple[frozenset[str], str]] = []

    def evaluate(self, hosts: Collection[str], *, why: str) -> None:
        self.evaluated.append((frozenset(hosts), why))

    def wake(self) -> None:
        self.woken += 1


@dataclass
class FakeTicker:
    """ports.Ticker that counts."""

    ticked: datetime | None
    woken: int = 0

    def wake(self) -> None:
        self.woken += 1

    def progressed_at(self) -> datetime | None:
        return self.ticked


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Daemon:
    """The parts, and clients that speak to them."""

    store: ports.Store
    socket: Path
    clock: FakeClock
    services: Services
    inventory: FakeInventory
    roster: FakeRoster
    executor: FakeExecutor
    ticker: FakeTicker
    bus: Bus
    tcp: str = ""
    _unix: aiohttp.ClientSession | None = None
    _plain: aiohttp.ClientSession | None = None
    #: Operation → statuses that were seen.
    seen: dict[str, set[int]] = field(default_factory=dict)

    async def add_user(self, name: str, role: str, **changes: Any) -> people.User:
        user = people.User(
            id=self.services.ids.new(),
            name=name,
            role=role,
            disabled=False,
            password_hash=await self.services.passwords.hash(PASSWORD),
            password_changed_at=self.clock.now(),
            created_at=self.clock.now(),
        )
        user = replace(user, **changes)
        async with self.store.transaction() as unit:
            await unit.users.add(user)
        return user

    async def login(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        reply = await self.call("POST", "/v1/login", json={"user": name, "password": password})
        assert reply.status == 200, reply.body
        return reply.json

    async def token(self, name: str, role: str) -> str:
        """The access token of a new user."""
        await self.add_user(name, role)
        return str((await self.login(name))["access_token"])

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        local: bool = False,
        json: Any = None,
        headers: dict[str, str] | None = None,
        data: Any = None,
        check: bool = True,
    ) -> Reply:
        """Make a request, over TCP unless `local`, and check the answer."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if json is not None:
            data = jsonlib.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        session, base = self.session(local=local)
        async with session.request(
            method, base + path, headers=sent, data=data, skip_auto_headers=["Content-Type"]
        ) as response:
            reply = Reply(
                status=response.status, headers=response.headers, body=await response.read()
            )
        if check:
            self._check(method, path, reply)
        return reply

    async def local(self, method: str, path: str, **rest: Any) -> Reply:
        """The same as whoever runs the daemon, over the Unix socket."""
        return await self.call(method, path, local=True, **rest)

    def session(self, *, local: bool) -> tuple[aiohttp.ClientSession, str]:
        if self._unix is None:
            self._unix = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self.socket)))
            self._plain = aiohttp.ClientSession()
        assert self._plain is not None
        return (self._unix, "http://local-dockschedd.sock") if local else (self._plain, self.tcp)

    async def audit(self) -> list[people.AuditRecord]:
        """The audit log, oldest first."""
        async with self.store.reading() as unit:
            return [entry.record async for entry in unit.audit.entries()]

    async def close(self) -> None:
        for session in (self._unix, self._plain):
            if session is not None:
                await session.close()

    def _check(self, method: str, path: str, reply: Reply) -> None:
        if (route := route_of(method, path)) is not None:
            self.seen.setdefault(route.op, set()).add(reply.status)
            check_declared(route, reply)


def route_of(method: str, path: str) -> Route | None:
    """The row of the table that the request is for."""
    path = path.partition("?")[0]
    for route in sorted(ROUTES, key=lambda r: r.path.count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", route.path)
        if route.method == method and re.fullmatch(pattern, path):
            return route
    return None


def check_declared(route: Route, reply: Reply) -> None:
    """The answer is one that the description has for the operation."""
    document: Any = openapi.document()
    declared = document["paths"][route.path][route.method.lower()]["responses"]
    assert str(reply.status) in declared, (
        f"{route.op} does not declare {reply.status}: {reply.body!r}"
    )
    content = declared[str(reply.status)].get("content")
    if not content:
        assert reply.body == b""
        return
    kind = reply.headers["Content-Type"].partition(";")[0]
    assert kind in content, f"{route.op} does not declare {kind}"
    if kind == "text/event-stream" or route.media:
        return
    if kind == "application/problem+json":
        assert reply.code in openapi.codes(route), f"{route.op} does not declare {reply.code}"
    schema = {**content[kind]["schema"], "components": document["components"]}
    jsonschema.validate(reply.json, schema)


def assemble(store: ports.Store, directory: Path, **changes: Any) -> Daemon:
    """All parts but the server."""
    clock, bus, inventory = FakeClock(), Bus(), FakeInventory()
    store = TellingStore(store, bus)
    executor, ticker = FakeExecutor(store, clock), FakeTicker(clock.now())
    roster = FakeRoster(inventory, clock)
    numbers = itertools.count(1)
    services = Services(
        store=store,
        inventory=inventory,
        roster=roster,
        executor=executor,
        ticker=ticker,
        enforcer=FakeEnforcer(),
        bus=bus,
        clock=clock,
        ids=CountingIds(),
        passwords=Argon2Passwords(profiles.CHEAPEST),
        tokens=JwtTokens(TOKEN_KEYS, random=lambda size: next(numbers).to_bytes(size, "big")),
        throttle=Throttle(),
        audit_keys=AUDIT_KEYS,
        meter=Meter(),
        own_uid=os.geteuid(),
        peer_users={},
        host_names=("dockschedd.example",),
        zone="Europe/Berlin",
        version="0.1.0",
        started_at=clock.now() - timedelta(hours=1),
    )
    return Daemon(
        store=store,
        socket=directory / "api.sock",
        clock=clock,
        services=replace(services, **changes),
        inventory=inventory,
        roster=roster,
        executor=executor,
        ticker=ticker,
        bus=bus,
    )
