"""The event stream tells what people change, to whoever may read it."""

from __future__ import annotations

from contextlib import AsyncExitStack

import msgspec
import pytest

from dockschedd.core import changes, model
from dockschedd.core.permissions import ROLES
from dockschedd.wire import system
from tests.api.daemon import PASSWORD
from tests.api.test_events import Stream, listening, run

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "local/web", "cron": "0 22 * * *"}
HOLD = "/v1/stacks/local/web/hold"

#: What somebody does, and (noun, name, action) of what is told.
DONE = {
    "schedule": (
        [("POST", "/v1/schedules", NIGHTLY), ("POST", "/v1/schedules/nightly/disable", None),
         ("PATCH", "/v1/schedules/nightly", {"cron": "0 23 * * *"}),
         ("DELETE", "/v1/schedules/nightly", None)],
        [("schedule", "nightly", each) for each in ("add", "disable", "edit", "remove")],
    ),
    "freeze": (
        [("PUT", "/v1/freeze", {}), ("DELETE", "/v1/freeze", None)],
        [("freeze", "", "freeze"), ("freeze", "", "thaw")],
    ),
    "hold": (
        [("PUT", HOLD, {"wants": "up", "duration": "2h"}), ("DELETE", HOLD, None)],
        [("hold", "local/web", "place"), ("hold", "local/web", "release")],
    ),
    "host": (
        [("POST", "/v1/hosts", {"name": "edge", "url": "unix:///edge.sock"}),
         ("DELETE", "/v1/hosts/edge", None)],
        [("host", "edge", "add"), ("host", "edge", "remove")],
    ),
    "group": (
        [("POST", "/v1/groups", {"name": "all", "hosts": ["local"]}),
         ("PATCH", "/v1/groups/all", {"hosts": ["away", "local"]}),
         ("DELETE", "/v1/groups/all", None)],
        [("group", "all", each) for each in ("add", "edit", "remove")],
    ),
    "calendar": (
        [("POST", "/v1/calendars", {"name": "off", "dates": ["2030-12-25"]}),
         ("DELETE", "/v1/calendars/off", None)],
        [("calendar", "off", "add"), ("calendar", "off", "remove")],
    ),
    "requirement": (
        [("POST", "/v1/stacks/local/web/requirements", {"on": ["local/mail"]}),
         ("DELETE", "/v1/stacks/local/web/requirements/local/mail", None)],
        [("requirement", "local/web", "add"), ("requirement", "local/web", "remove")],
    ),
    "user": (
        [("POST", "/v1/users", {"name": "bob", "role": "viewer", "password": PASSWORD}),
         ("PATCH", "/v1/users/bob", {"role": "operator"}), ("DELETE", "/v1/users/bob", None)],
        [("user", "bob", each) for each in ("add", "edit", "remove")],
    ),
}  # fmt: skip


async def changed(stream: Stream, noun: str) -> system.ChangeEvent:
    """The next change of something of that kind; other nouns are passed over."""
    while True:
        kind, data = await stream.next()
        if kind == "change" and data["noun"] == noun:
            return msgspec.convert(data, system.ChangeEvent)


@pytest.mark.parametrize("noun", DONE)
async def test_two_clients_hear_of_each_change_and_of_who_did_it(daemon, noun) -> None:
    """In order, one as soon as the other, whichever of them did it."""
    requests, expected = DONE[noun]
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(listening(daemon)) for _ in range(2)]
        for (method, path, body), told in zip(requests, expected, strict=True):
            reply = await daemon.local(method, path, json=body)
            assert reply.status < 300, reply.body
            for stream in streams:
                event = await changed(stream, noun)
                assert (event.noun, event.name, event.action) == told
                assert (event.by, event.at) == ("local", daemon.clock.now())


async def test_what_is_told_can_be_read_at_once(daemon) -> None:
    """Also what is kept in memory of schedules is new by then."""
    async with listening(daemon) as stream:
        for enabled in (False, True):
            body = NIGHTLY | {"enabled": enabled, "name": f"n{enabled}"}
            await daemon.local("POST", "/v1/schedules", json=body)
            await changed(stream, "schedule")
        web = (await daemon.local("GET", "/v1/stacks/local/web")).json

    assert web["next_schedule"] == "nTrue"


@pytest.mark.parametrize("role", ROLES)
async def test_a_caller_hears_only_of_what_the_role_may_read(daemon, role) -> None:
    """Nobody learns from the stream that a user exists, or that something was audited."""
    token = await daemon.token("alice", role)
    async with listening(daemon, token=token) as stream:
        for noun in changes.Noun:
            daemon.bus.publish_change(changes.Change(
                noun=noun, name="x", action="edit", by="bob", at=daemon.clock.now()
            ))  # fmt: skip
        daemon.bus.publish_run(run(daemon))
        heard = set()
        while (told := await stream.next())[0] == "change":
            heard.add(told[1]["noun"])

    assert heard == {noun for noun, needed in changes.NEEDS.items() if needed in ROLES[role]}
    assert ("user" in heard) is (role == "admin")


async def test_a_refused_request_tells_nothing_but_that_it_was_audited(daemon) -> None:
    """There is nothing to be read again."""
    token = await daemon.token("alice", "viewer")
    async with listening(daemon) as stream:
        reply = await daemon.call("POST", "/v1/schedules", json=NIGHTLY, token=token)
        assert reply.code == "forbidden"
        await daemon.local("PUT", "/v1/freeze", json={})
        heard = [(await stream.next())[1]["noun"] for _ in range(2)]

    assert heard == ["audit", "freeze"]


async def test_of_one_stack_only_its_holds_and_needs_are_told(daemon) -> None:
    """Of one run none at all."""
    mine = run(daemon)
    async with daemon.store.transaction() as unit:
        await unit.runs.add(mine)
    async with (
        listening(daemon, "?stack=local/web") as stream,
        listening(daemon, f"?run={mine.id}") as other,
    ):
        assert (await other.next())[0] == "run"
        await daemon.local("PUT", "/v1/freeze", json={})
        await daemon.local(
            "PUT", "/v1/stacks/local/mail/hold", json={"wants": "up", "duration": "2h"}
        )
        await daemon.local("PUT", HOLD, json={"wants": "up", "duration": "2h"})
        kind, event = await stream.next()
        daemon.bus.publish_run(mine)

        assert (kind, event["noun"], event["name"]) == ("change", "hold", "local/web")
        assert (await other.next())[0] == "run"


async def test_when_a_schedule_has_fired_the_stack_is_told_as_well(daemon) -> None:
    """What comes next on it is another instant now."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    scheduled = run(daemon, schedule_id="1", schedule_name="nightly")
    async with listening(daemon) as stream:
        daemon.bus.publish_run(scheduled)
        daemon.bus.publish_run(run(daemon))
        told = [await stream.next() for _ in range(3)]

    assert [kind for kind, _ in told] == ["run", "stack", "run"]
    assert told[1][1]["stack"]["next_schedule"] == "nightly"
    assert told[1][1]["name"] == str(model.StackRef("local", "web"))
