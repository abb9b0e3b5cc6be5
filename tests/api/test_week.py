"""Seven days of stacks, over the real API and database."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
MORNING = {"name": "morning", "action": "start", "selector": "web", "cron": "0 7 * * *"}
OFFICE = {"name": "office", "action": "awake", "selector": "*/web", "window": "daily 08:00-18:00"}


async def add(daemon, *bodies) -> None:
    for body in bodies:
        reply = await daemon.local("POST", "/v1/schedules", json=body)
        assert reply.status == 201, reply.json


async def week(daemon, query="") -> dict:
    reply = await daemon.local("GET", f"/v1/week{query}")
    assert reply.status == 200, reply.json
    return reply.json


def hours(found: dict, each: dict) -> list[tuple[float, str]]:
    """From which hour of the week on a stack is how."""
    begin = datetime.fromisoformat(found["days"][0])
    return [
        ((datetime.fromisoformat(s["from_at"]) - begin).total_seconds() / 3600, s["state"])
        for s in each["spans"]
    ]


async def test_each_stack_has_its_seven_days(daemon) -> None:
    """By name; one that no schedule acts on is left as it is, and disabled ones do nothing."""
    await add(daemon, OFFICE, NIGHTLY | {"name": "off", "enabled": False})
    found = await week(daemon, "?start=tomorrow&zone=Europe/Berlin")

    assert [each["stack"] for each in found["items"]] == ["away/far", "local/mail", "local/web"]
    far, _, web = found["items"]
    assert hours(found, far) == [(0, "any")]
    assert hours(found, web)[:4] == [(0, "asleep"), (8, "awake"), (18, "asleep"), (32, "awake")]
    assert web["spans"][1]["schedule"] == "office"
    assert [(each["action"], each["acts"]) for each in web["marks"]][:2] == [
        ("start", True),
        ("stop", True),
    ]
    assert (found["complete"], found["next"], found["frozen"]) == (True, None, None)
    assert len(found["days"]) == 8


async def test_the_days_are_those_of_the_zone_that_is_asked_for(daemon) -> None:
    """Also where one of them has 23 hours; without a zone they are the daemon's, from today on."""
    found = await week(daemon, "?start=2027-03-27&zone=Europe/Berlin")
    today = await week(daemon)

    days = [datetime.fromisoformat(each) for each in found["days"]]
    lengths = [(b - a).total_seconds() / 3600 for a, b in pairwise(days)]
    assert lengths == [24, 23, 24, 24, 24, 24, 24]
    assert (found["zone"], today["zone"]) == ("Europe/Berlin", daemon.services.zone)
    begin, end = (datetime.fromisoformat(each) for each in today["days"][:2])
    assert begin <= daemon.clock.now() < end


async def test_conflicts_are_told_with_the_days_on_which_they_show(daemon) -> None:
    """Beside the stack, once each, with an instant on each day."""
    await add(daemon, OFFICE, NIGHTLY | {"cron": "0 12 * * mon-fri"})
    found = await week(daemon, "?start=2026-12-07&zone=Europe/Berlin&selector=local/web")
    (web,) = found["items"]
    (clash,) = web["conflicts"]

    assert (clash["kind"], clash["schedules"], clash["count"]) == (
        "against",
        ["nightly", "office"],
        5,
    )
    assert [each[:16] for each in clash["at"]] == [f"2026-12-{d:02}T11:00" for d in range(7, 12)]
    assert "wants it awake" in clash["text"]


async def test_holds_and_the_freeze_are_told_with_what_they_keep_away(daemon) -> None:
    """A held stack stays as it is held; what would have been done says why it is not."""
    await add(daemon, OFFICE)
    hold = {"wants": "up", "duration": "200h", "act": False}
    assert (await daemon.local("PUT", "/v1/stacks/local/web/hold", json=hold)).status == 200
    (web,) = (await week(daemon, "?start=tomorrow&selector=local/web"))["items"]

    assert [each["state"] for each in web["spans"]] == ["awake"]
    assert {each["acts"] for each in web["marks"]} == {False}
    assert "is held up by local until" in web["marks"][0]["note"]
    assert [each["kind"] for each in web["blocks"]] == ["hold"]
    await daemon.local("PUT", "/v1/freeze", json={})
    found = await week(daemon, "?start=tomorrow&selector=local/web")
    assert found["frozen"]["owner"] == "local"
    assert [each["kind"] for each in found["items"][0]["blocks"]] == ["freeze"]


async def test_what_was_done_once_is_seen_until_something_else_is_done(daemon) -> None:
    """A one-off that has fired today stays in the picture of today, and decides what follows."""
    at = daemon.clock.now() + timedelta(hours=1)
    await add(daemon, {"name": "once", "action": "stop", "selector": "web", "at": at.isoformat()})
    async with daemon.store.transaction() as unit:
        once = await unit.schedules.get("once")
        await unit.schedules.advance(once.id, seen=at, next_at=None, done=True)
    found = await week(daemon, "?selector=local/web")
    (web,) = found["items"]

    assert [each["state"] for each in web["spans"]] == ["any", "asleep"]
    assert [(each["schedule"], each["acts"]) for each in web["marks"]] == [("once", True)]


async def test_stacks_come_in_pages(daemon) -> None:
    """Each page goes on where the one before ended, and has no more than was asked for."""
    first = await week(daemon, "?limit=2")
    second = await week(daemon, f"?limit=2&cursor={first['next']}")

    assert [each["stack"] for each in first["items"]] == ["away/far", "local/mail"]
    assert [each["stack"] for each in second["items"]] == ["local/web"]
    assert second["next"] is None


async def test_what_cannot_be_read_is_refused_with_its_path(daemon) -> None:
    """A zone that there is not, a day that is none or too far away, a wrong selector."""
    for query, path in (
        ("zone=Mars/Olympus", "zone"),
        ("start=soon", "start"),
        ("start=2999-01-01", "start"),
        ("start=9999-12-31", "start"),
        ("selector=a/b/c", "selector"),
    ):
        reply = await daemon.local("GET", f"/v1/week?{query}")
        assert reply.status == 422, query
        assert path in reply.json["faults"][0]["path"], reply.json


async def test_a_page_with_very_many_schedules_leaves_conflicts_to_be_asked_for(daemon) -> None:
    """One stack is looked at, however many it has; the others say that they were not."""
    crowd = [
        NIGHTLY | {"name": f"n{n}", "selector": "local/*", "cron": f"0 {n % 24} * * *"}
        for n in range(40)
    ]
    await add(daemon, *crowd, MORNING | {"selector": "local/*"})
    found = await week(daemon, "?selector=local/*")
    alone = await week(daemon, "?selector=local/web")

    assert [each["conflicts"] is None for each in found["items"]] == [False, True]
    assert alone["items"][0]["conflicts"] is not None
