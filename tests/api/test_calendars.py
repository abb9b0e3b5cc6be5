"""Calendars over the API: what they hold, what they move, and what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dockschedd.core import model
from tests.api.daemon import Daemon, Reply

#: The daemon's clock stands at 2026-11-24, and it is in Europe/Berlin.
TODAY, XMAS = "2026-11-24", "2026-12-24..2026-12-26"
PATH = "/v1/calendars/holidays"
NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}


async def add(daemon: Daemon, *dates: str, name: str = "holidays") -> Reply:
    return await daemon.local("POST", "/v1/calendars", json={"name": name, "dates": list(dates)})


async def edit(daemon: Daemon, **changes: list[str]) -> Reply:
    return await daemon.local("PATCH", PATH, json=changes)


async def schedule(daemon: Daemon, **changes) -> Reply:
    body = {**NIGHTLY, "except_on": ["holidays"], **changes}
    return await daemon.local("POST", "/v1/schedules", json=body)


async def stored(daemon: Daemon, name: str = "nightly") -> model.Schedule:
    async with daemon.store.reading() as unit:
        found = await unit.schedules.get(name)
    assert found is not None
    return found


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


def at(day: int, hour: int = 21, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def test_a_calendar_is_kept_sorted_and_each_date_once(daemon) -> None:
    """In whatever order and however often they are written; who made it is told."""
    token = await daemon.token("alice", "operator")
    body = {"name": "holidays", "dates": ["2027-01-01", XMAS, "2026-12-25"]}
    reply = await daemon.call("POST", "/v1/calendars", token=token, json=body)
    await add(daemon, name="empty")
    listed = (await daemon.local("GET", "/v1/calendars")).json["items"]

    assert reply.status == 201
    assert reply.json["dates"] == ["2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01"]
    assert (reply.json["owner"], reply.json["schedules"]) == ("alice", 0)
    assert (await daemon.local("GET", PATH)).json == reply.json
    assert [(c["name"], c["count"], c["first"], c["last"]) for c in listed] == [
        ("empty", 0, None, None),
        ("holidays", 4, "2026-12-24", "2027-01-01"),
    ]
    record = (await daemon.audit())[-2]
    assert (record.actor, record.action, record.target) == ("alice", "calendar.add", "holidays")
    assert record.detail == "added 2026-12-24..2026-12-26, 2027-01-01"


async def test_all_that_is_wrong_with_a_calendar_is_told_at_once(daemon) -> None:
    """Its name and each of its dates, with its place."""
    reply = await add(
        daemon, "24.12.2026", XMAS, "2026-02-30", "2027-01-02..2027-01-01", name="a b"
    )
    long = await add(daemon, "2026-01-01..2045-01-01", name="long")
    more = await add(daemon, *(f"{y}-01-01..{y}-12-31" for y in range(2026, 2041)), name="more")

    assert codes(reply) == [
        ("name", "name-invalid"),
        ("dates[0]", "date-invalid"),
        ("dates[2]", "date-invalid"),
        ("dates[3]", "date-invalid"),
    ]
    assert (codes(long), codes(more)) == (
        [("dates[0]", "date-invalid")],
        [("dates", "calendar-large")],
    )
    assert "more than 5,000" in long.json["faults"][0]["message"]
    assert (await add(daemon, XMAS)).status == 201
    assert (await add(daemon, XMAS)).code == "calendar-exists"


async def test_a_schedule_does_not_fire_on_the_dates_of_its_calendar(daemon) -> None:
    """From its first instant on; it names the calendar wherever it is shown."""
    await add(daemon, TODAY, "2026-11-26")
    reply = await schedule(daemon)
    preview = (await daemon.local("GET", "/v1/schedules/nightly/preview?count=2")).json
    bare = {"cron": "0 22 * * *", "except_on": ["holidays"], "count": 1}
    other = (await daemon.local("POST", "/v1/previews", json=bare)).json

    assert (await stored(daemon)).next_at == at(25)
    assert reply.json["except_on"] == ["holidays"]
    assert reply.json["reads"] == "at 22:00 every day, except on holidays, Europe/Berlin"
    assert [each["local"][:10] for each in preview["moments"]] == ["2026-11-25", "2026-11-27"]
    assert preview["left_out"] == [
        "24 November 2026 is in calendar holidays: no occurrence",
        "26 November 2026 is in calendar holidays: no occurrence",
    ]
    assert other["left_out"] == preview["left_out"][:1]
    shown = (await daemon.local("GET", PATH)).json
    assert (shown["schedules"], shown["used_by"]) == (1, ["nightly"])


async def test_what_a_calendar_cannot_be_for_is_refused_with_a_hint(daemon) -> None:
    """A one-off has its date, and only a window sleeps; unknown names are told."""
    await add(daemon, TODAY)
    once = await schedule(daemon, cron=None, at="2026-12-24 18:00")
    asleep = await schedule(daemon, except_on=[], also_asleep=["holidays"])
    unknown = await schedule(daemon, except_on=["holidays", "holliday"], cron="* *")

    assert codes(once) == [("except_on", "calendar-useless")]
    assert codes(asleep) == [("also_asleep", "calendar-useless")]
    assert codes(unknown) == [("cron", "cron-fields"), ("except_on[1]", "calendar-unknown")]
    assert unknown.json["faults"][1]["hint"] == "did you mean `holidays`?"
    many = await schedule(daemon, except_on=["holidays"] * 17)
    assert codes(many) == [("except_on", "calendars-many")]


async def test_calendars_of_a_schedule_are_changed_and_taken_away(daemon) -> None:
    """An edit starts from now; one that leaves them out keeps them; the audit log has both."""
    await add(daemon, TODAY)
    await schedule(daemon, except_on=[])
    path = "/v1/schedules/nightly"

    with_it = await daemon.local("PATCH", path, json={"except_on": ["holidays"]})
    kept = await daemon.local("PATCH", path, json={"cron": "0 21 * * *"})
    without = await daemon.local("PATCH", path, json={"except_on": []})
    await daemon.local("PATCH", path, json={"except_on": ["holidays"]})
    once = await daemon.local("PATCH", path, json={"at": "2026-12-24 18:00"})

    nexts = [each.json["next_at"][:10] for each in (with_it, kept, without)]
    assert nexts == ["2026-11-25", "2026-11-25", "2026-11-24"]
    assert [each.json["except_on"] for each in (with_it, kept, without, once)] == [
        ["holidays"],
        ["holidays"],
        [],
        [],
    ]
    assert 'except_on: [] → ["holidays"]' in (await daemon.audit())[2].detail


async def test_a_changed_calendar_moves_its_schedules(daemon) -> None:
    """From now on: what would have been before is not made up for; others stay as they are."""
    await add(daemon, "2026-11-25")
    await schedule(daemon)
    await schedule(daemon, name="free", except_on=[])
    await schedule(daemon, name="off", enabled=False)
    woken = daemon.ticker.woken

    added = await edit(daemon, add=[TODAY])
    first = (await stored(daemon)).next_at
    daemon.clock.step(timedelta(days=1))
    removed = await edit(daemon, remove=["2026-11-24..2026-11-25"])
    second = (await stored(daemon)).next_at
    replaced = await edit(daemon, dates=["2026-11-25"], add=["2026-11-26"])
    nothing = await edit(daemon, add=["2026-11-26"])

    assert added.json["dates"] == [TODAY, "2026-11-25"]
    assert removed.json["dates"] == []
    assert (first, second) == (at(26), at(25))
    assert (await stored(daemon)).next_at == at(27)
    assert replaced.json == nothing.json
    assert (await stored(daemon, "free")).next_at == at(24)
    assert (await stored(daemon, "off")).next_at is None
    assert daemon.ticker.woken == woken + 3
    details = [r.detail for r in await daemon.audit() if r.action == "calendar.edit"]
    assert details == [
        "added 2026-11-24",
        "removed 2026-11-24..2026-11-25",
        "added 2026-11-25..2026-11-26",
    ]


async def test_what_is_due_already_stays_due(daemon) -> None:
    """An instant that the ticker is about to record is not lost with a change of other dates."""
    await add(daemon, "2026-12-24")
    await schedule(daemon)
    daemon.clock.step(at(24) + timedelta(milliseconds=300) - daemon.clock.now())

    await edit(daemon, add=["2026-12-25"])
    kept = (await stored(daemon)).next_at
    await edit(daemon, add=[TODAY])

    assert (kept, (await stored(daemon)).next_at) == (at(24), at(25))


async def test_a_calendar_in_use_is_removed_only_by_force(daemon) -> None:
    """It is refused with the names; by force it is taken out of them, and that is recorded."""
    await add(daemon, TODAY)
    await add(daemon, "2026-11-25", name="fair")
    await schedule(daemon, except_on=["holidays", "fair"])
    for name in "abc":
        await schedule(daemon, name=name)

    refused = await daemon.local("DELETE", PATH)
    removed = await daemon.local("DELETE", PATH + "?force=true")
    gone = await daemon.local("DELETE", PATH)

    assert refused.code == "calendar-in-use"
    assert "named by `a`, `b`, `c` and 1 more" in refused.json["detail"]
    assert removed.json["taken_out_of"] == ["a", "b", "c", "nightly"]
    assert (await stored(daemon, "a")).next_at == at(24)
    assert [c.name for c in (await stored(daemon)).trigger.except_on] == ["fair"]
    assert gone.code == "calendar-not-found"
    assert (await daemon.local("DELETE", "/v1/calendars/fare")).json["hint"] == (
        "did you mean `fair`?"
    )
    actions = [(r.action, r.target) for r in await daemon.audit()][-5:]
    assert actions == [
        *(("schedule.edit", name) for name in ("a", "b", "c", "nightly")),
        ("calendar.remove", "holidays"),
    ]


async def test_years_without_an_occurrence_are_worth_a_warning(daemon) -> None:
    """Also when it is the calendar that is changed."""
    await add(daemon, "2026-11-24..2028-12-31")
    reply = await schedule(daemon)
    await schedule(daemon, name="far", cron="0 0 29 2 *")
    changed = await edit(daemon, add=["2029-01-01"])

    said = "its calendars leave out all that would come before"
    assert reply.json["warnings"] == [f"{said} 1 January 2029"]
    assert changed.json["warnings"] == [
        f"far: {said} 29 February 2032",
        f"nightly: {said} 2 January 2029",
    ]


async def test_a_document_brings_its_calendars(daemon) -> None:
    """They are there before its schedules are; applied twice it changes nothing."""
    body = {
        "calendars": [{"name": "holidays", "dates": [TODAY]}],
        "schedules": [{**NIGHTLY, "except_on": ["holidays"]}],
    }
    dry = await daemon.local("POST", "/v1/documents", json={**body, "dry_run": True})
    nothing = (await daemon.local("GET", "/v1/calendars")).json["items"]
    first = await daemon.local("POST", "/v1/documents", json=body)
    before, audited = await stored(daemon), await daemon.audit()
    second = await daemon.local("POST", "/v1/documents", json=body)

    assert dry.json["calendars"]["added"] == ["holidays"]
    assert nothing == []
    assert {**first.json, "dry_run": True} == dry.json
    assert before.next_at == at(25)
    assert second.json["calendars"] == {
        "added": [],
        "changed": [],
        "removed": [],
        "unchanged": ["holidays"],
    }
    assert second.json["unchanged"] == ["nightly"]
    assert (await stored(daemon), await daemon.audit()) == (before, audited)


async def test_a_document_changes_and_prunes_calendars(daemon) -> None:
    """A change moves schedules that stay as they are; only what nothing names is removed."""
    for name in ("holidays", "named", "unused"):
        await add(daemon, TODAY, name=name)
    entry = {**NIGHTLY, "except_on": ["holidays", "named"]}
    await daemon.local("POST", "/v1/documents", json={"schedules": [entry]})
    changed = {"name": "holidays", "dates": ["2026-11-25"]}

    kept = await daemon.local("POST", "/v1/documents", json={"schedules": [entry], "prune": True})
    pruned = await daemon.local(
        "POST",
        "/v1/documents",
        json={"schedules": [entry], "calendars": [changed], "prune": True},
    )

    assert kept.json["calendars"] is None
    assert pruned.json["calendars"] == {
        "added": [],
        "changed": [{"name": "holidays", "text": "added 2026-11-25; removed 2026-11-24"}],
        "removed": ["unused"],
        "unchanged": [],
    }
    assert pruned.json["unchanged"] == ["nightly"]
    assert (await stored(daemon)).next_at == at(26)
    left = (await daemon.local("GET", "/v1/calendars")).json["items"]
    assert [each["name"] for each in left] == ["holidays", "named"]


async def test_all_that_is_wrong_with_the_calendars_of_a_document_is_told(daemon) -> None:
    """With their places, before what is wrong with its schedules."""
    body = {
        "calendars": [
            {"name": "a", "dates": ["2026-13-01"]},
            {"name": "a"},
            {"name": "b c"},
        ],
        "schedules": [{**NIGHTLY, "except_on": ["a", "x"]}],
    }
    reply = await daemon.local("POST", "/v1/documents", json=body)

    assert codes(reply) == [
        ("calendars[0].dates[0]", "date-invalid"),
        ("calendars[1].name", "name-repeated"),
        ("calendars[2].name", "name-invalid"),
        ("schedules[0].except_on[1]", "calendar-unknown"),
    ]


async def test_whoever_may_only_look_changes_no_calendar(daemon) -> None:
    """Reading needs the permission to read schedules, and changing that to write them."""
    await add(daemon, TODAY)
    token = await daemon.token("vera", "viewer")

    shown = await daemon.call("GET", PATH, token=token)
    refused = [
        await daemon.call("POST", "/v1/calendars", token=token, json={"name": "x"}),
        await daemon.call("PATCH", PATH, token=token, json={"add": [XMAS]}),
        await daemon.call("DELETE", PATH, token=token),
    ]

    assert shown.status == 200
    assert [each.code for each in refused] == ["forbidden"] * 3


async def test_a_window_sleeps_on_the_dates_of_its_calendar(daemon) -> None:
    """All day; its edges are those that are left, also when the calendar is changed."""
    await add(daemon, TODAY, "2026-11-25")
    reply = await schedule(
        daemon,
        cron=None,
        action="awake",
        window="mon-fri 08:00-18:00",
        except_on=[],
        also_asleep=["holidays"],
    )
    preview = (await daemon.local("GET", "/v1/schedules/nightly/preview?count=1")).json
    refused = await schedule(daemon, name="x", cron=None, action="awake", window="mon 08:00-18:00")
    first = (await stored(daemon)).next_at
    await edit(daemon, remove=["2026-11-25"])
    kept = await daemon.local("PATCH", "/v1/schedules/nightly", json={"enforce": "always"})

    assert reply.status == 201, reply.json
    assert reply.json["also_asleep"] == ["holidays"]
    assert reply.json["reads"].endswith(", also asleep on holidays, Europe/Berlin")
    assert (first, (await stored(daemon)).next_at) == (at(26, 7), at(25, 7))
    assert preview["left_out"] == [
        "24 November 2026 to 25 November 2026 are in calendar holidays: asleep all day"
    ]
    assert codes(refused) == [("except_on", "calendar-useless")]
    assert "also_asleep" in refused.json["faults"][0]["hint"]
    assert kept.json["also_asleep"] == ["holidays"]
