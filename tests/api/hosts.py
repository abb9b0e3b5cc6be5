"""Requests about the host `edge`, and things that name it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dockschedd.core import fleet, holds, model, requirements
from tests.api.daemon import Daemon, Reply, container

EDGE = {"name": "edge", "url": "ssh://me@edge"}
PATH = "/v1/hosts/edge"


async def add(daemon: Daemon, **changes: Any) -> Reply:
    return await daemon.local("POST", "/v1/hosts", json={**EDGE, **changes})


async def edit(daemon: Daemon, **changes: Any) -> Reply:
    return await daemon.local("PATCH", PATH, json=changes)


async def remove(daemon: Daemon, *, force: bool = False) -> Reply:
    return await daemon.local("DELETE", f"{PATH}{'?force=true' if force else ''}")


async def stored(daemon: Daemon, name: str = "edge") -> fleet.Host | None:
    async with daemon.store.reading() as unit:
        return await unit.hosts.get(name)


async def run(daemon: Daemon, ref: str = "edge/web", *, running: bool = False) -> model.Run:
    """A run that was asked for by hand."""
    host, _, name = ref.partition("/")
    now = daemon.clock.now()
    made = model.Run(
        id=daemon.services.ids.new(),
        stack=model.StackRef(host, name),
        action=model.Action.STOP,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.MANUAL,
        cause="asked for by local",
        actor="local",
        planned_at=now,
        created_at=now,
    )
    async with daemon.store.transaction() as unit:
        await unit.runs.add(made)
        if running:
            assert await unit.runs.claim(made.id, at=now)
    return made


async def name_everywhere(daemon: Daemon) -> None:
    """Let one of each kind name the host `edge`, and schedules that only match it."""
    daemon.inventory.by_ref[model.StackRef("edge", "web")] = (container("app"),)
    now = daemon.clock.now()
    for name, selector in (("all", "edge/*"), ("near", "edge2/web"), ("one", "edge/web"),
                           ("some", "ed*/web")):  # fmt: skip
        body = {"name": name, "action": "stop", "selector": selector, "cron": "0 22 * * *"}
        if name == "near":
            await add(daemon, name="edge2", url="ssh://edge2")
            daemon.inventory.by_ref[model.StackRef("edge2", "web")] = (container("app"),)
        assert (await daemon.local("POST", "/v1/schedules", json=body)).status == 201
    local, edge = model.StackRef("local", "web"), model.StackRef("edge", "web")
    async with daemon.store.transaction() as unit:
        await unit.holds.place(
            holds.Hold(stack=edge, wants=holds.Wanted.UP, owner="alice", reason="", zone="UTC",
                       since=now, until=now + timedelta(hours=1))
        )  # fmt: skip
        for stack, needs in ((local, edge), (edge, model.StackRef("edge", "db"))):
            said = requirements.Requirement(stack=stack, needs=needs, owner="a", created_at=now)
            await unit.requirements.add(said)
        for name, members in (("far", ("away",)), ("rim", ("edge", "local"))):
            group = fleet.Group(name=name, hosts=members, owner="alice", updated_at=now)
            await unit.groups.add(group)


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]
