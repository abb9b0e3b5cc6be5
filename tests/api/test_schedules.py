"""Schedules over the API: what is kept, what is refused, and when it fires next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import model, triggers
from tests.api.conftest import next_run
from tests.api.daemon import Daemon, Reply

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
PATH = "/v1/schedules/nightly"


async def add(daemon: Daemon, **changes) -> Reply:
    body = {k: v for k, v in {**NIGHTLY, **changes}.items() if v is not None}
    return await daemon.local("POST", "/v1/schedules", json=body)


async def stored(daemon: Daemon, name: str = "nightly") -> model.Schedule:
    async with daemon.store.reading() as unit:
        found = await unit.schedules.get(name)
    assert found is not None
    return found


def codes(reply: Reply) -> list[tuple[str, str]]:
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


async def test_a_schedule_is_kept_as_it_was_written(daemon) -> None:
    """With the daemon's zone, its defaults, its next instant, and who answers for it."""
    token = await daemon.token("alice", "operator")
    reply = await daemon.call("POST", "/v1/schedules", token=token, json=NIGHTLY)
    schedule = await stored(daemon)

    assert reply.status == 201
    assert schedule.trigger == triggers.CronTrigger(expression="0 22 * * *", zone="Europe/Berlin")
    assert schedule.next_at == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    assert (schedule.catch_up, schedule.deadline) == (model.CatchUp.LATEST, timedelta(hours=1))
    assert (schedule.owner, schedule.enabled, schedule.done) == ("alice", True, False)
    assert reply.json["reads"] == "at 22:00 every day, Europe/Berlin"
    assert reply.json["warnings"] == []
    assert daemon.ticker.woken == 1
    shown = await daemon.local("GET", PATH)
    listed = await daemon.local("GET", "/v1/schedules")
    assert shown.json == listed.json["items"][0] == reply.json
    last = (await daemon.audit())[-1]
    assert (last.actor, last.action, last.target) == ("alice", "schedule.add", "nightly")
    assert "stop web at 22:00" in last.detail


async def test_all_that_is_wrong_is_told_at_once(daemon) -> None:
    """Name, action, selector, trigger, zone, policies and options, each with its path."""
    reply = await add(
        daemon,
        name="night ly",
        action="stopp",
        selector="a/b/c",
        cron="0 0 22 * * *",
        zone="Europe/Berln",
        catch_up="some",
        deadline="soon",
        options={"on_error": "stop"},
    )

    assert reply.code == "invalid"
    assert codes(reply) == [
        ("name", "name-invalid"),
        ("action", "unknown-value"),
        ("selector", "selector-invalid"),
        ("zone", "unknown-zone"),
        ("cron", "cron-six-fields"),
        ("catch_up", "unknown-value"),
        ("deadline", "deadline-invalid"),
        ("options.on_error", "unknown-value"),
    ]
    assert daemon.ticker.woken == 0
    assert await daemon.audit() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cron": None}, [("cron", "trigger-missing")]),
        ({"at": "2026-12-24 18:00"}, [("cron", "trigger-ambiguous")]),
        ({"cron": None, "at": "2026-01-01 18:00"}, [("at", "at-past")]),
        ({"cron": None, "at": "tomorrow"}, [("at", "at-invalid")]),
    ],
    ids=str,
)
async def test_a_schedule_needs_one_trigger_that_can_still_come(daemon, changes, expected) -> None:
    """Neither none nor two, and none that is over."""
    assert codes(await add(daemon, **changes)) == expected


async def test_a_stack_that_does_not_exist_is_refused_with_what_was_meant(daemon) -> None:
    """A slip of the pen is found when it is made, not at night."""
    daemon.inventory.views["away"] = replace(daemon.inventory.views["away"], reachable=True)
    for selector, code in (
        ("local/wbe", "stack-not-found"),
        ("wbe", "stack-not-found"),
        ("locl/web", "host-not-found"),
    ):
        reply = await add(daemon, selector=selector)

        assert (reply.status, reply.code) == (404, code)
        assert reply.json["hint"] == "did you mean `local/web`?"


async def test_what_may_be_on_an_unreachable_host_is_taken_with_a_warning(daemon) -> None:
    """As is a pattern that nothing matches yet."""
    for name, selector, said in (
        ("a", "away/other", "`away` cannot be reached"),
        ("b", "other", "unreachable: `away`"),
        ("c", "local/db-*", "no stack matches `local/db-*` now"),
    ):
        reply = await add(daemon, name=name, selector=selector)

        assert reply.status == 201
        assert len(reply.json["warnings"]) == 1
        assert said in reply.json["warnings"][0]
    assert (await add(daemon, name="d", selector="*/web")).json["warnings"] == []


async def test_a_stack_that_vanishes_later_is_a_warning(daemon) -> None:
    """Whoever looks at the schedule learns that it would do nothing."""
    await add(daemon)
    daemon.inventory.by_ref.pop(model.StackRef("local", "web"))
    daemon.inventory.views.pop("away")

    (warning,) = (await daemon.local("GET", PATH)).json["warnings"]
    assert warning.startswith("there is no stack `web` now")


async def test_a_name_is_given_once(daemon) -> None:
    """To add or to rename to."""
    await add(daemon)
    await add(daemon, name="other")

    assert (await add(daemon)).code == "schedule-exists"
    rename = await daemon.local("PATCH", PATH, json={"name": "other"})
    assert rename.code == "schedule-exists"
    assert (await stored(daemon)).name == "nightly"


async def test_a_one_off_is_an_instant_in_a_zone(daemon) -> None:
    """A wall time in its zone, or with an offset."""
    await add(daemon, cron=None, at="2026-12-24 18:00", zone="America/New_York")
    await add(daemon, name="b", cron=None, at="2026-12-24T18:00:00+01:00")

    assert (await stored(daemon)).next_at == datetime(2026, 12, 24, 23, 0, tzinfo=UTC)
    assert (await stored(daemon, "b")).next_at == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)


async def test_an_edit_changes_what_it_names_and_nothing_else(daemon) -> None:
    """What does not concern the trigger leaves the next instant alone; the audit log says what."""
    await add(daemon)
    before = await stored(daemon)
    await daemon.clock.advance(timedelta(hours=1))
    edit = {"action": "pause", "deadline": "5m", "options": {"in_place": True}}
    reply = await daemon.local("PATCH", PATH, json=edit)
    after = await stored(daemon)

    assert reply.status == 200
    assert after == replace(
        before,
        action=model.Action.PAUSE,
        deadline=timedelta(minutes=5),
        options=model.RunOptions(in_place=True),
        updated_at=daemon.clock.now(),
    )
    last = (await daemon.audit())[-1]
    assert (last.action, last.target) == ("schedule.edit", "nightly")
    assert 'action: "stop" → "pause"' in last.detail
    assert "cron" not in last.detail


async def test_a_new_trigger_starts_from_now(daemon) -> None:
    """Also when only the zone is another one; the wall time stays what was written."""
    await add(daemon)
    await daemon.local("PATCH", PATH, json={"cron": "30 6 * * *"})
    assert (await stored(daemon)).next_at == datetime(2026, 11, 25, 5, 30, tzinfo=UTC)
    await daemon.local("PATCH", PATH, json={"zone": "UTC"})
    assert (await stored(daemon)).next_at == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    await daemon.local("PATCH", PATH, json={"at": "2026-12-24 18:00"})
    assert (await stored(daemon)).next_at == datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
    await daemon.local("PATCH", PATH, json={"zone": "Europe/Berlin"})
    schedule = await stored(daemon)

    assert schedule.next_at == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert schedule.trigger == triggers.AtTrigger(at=schedule.next_at, zone="Europe/Berlin")
    assert daemon.ticker.woken == 5


async def test_whoever_changes_a_schedule_answers_for_it(daemon) -> None:
    """Their right is the one that is checked when it fires."""
    await add(daemon)
    token = await daemon.token("alice", "operator")
    await daemon.call("PATCH", PATH, token=token, json={"action": "pause"})

    assert (await stored(daemon)).owner == "alice"


async def test_an_edit_that_changes_nothing_is_none(daemon) -> None:
    """Not recorded, and nobody is woken."""
    await add(daemon)
    before, audit = await stored(daemon), await daemon.audit()
    for edit in ({}, {"action": "stop"}, {"cron": "0 22 * * *"}, {"deadline": "60m"}):
        assert (await daemon.local("PATCH", PATH, json=edit)).status == 200

    assert (await stored(daemon), await daemon.audit()) == (before, audit)
    assert daemon.ticker.woken == 1


async def test_an_edit_is_checked_in_full(daemon) -> None:
    """All faults at once, and nothing of it is kept."""
    await add(daemon)
    edit = {"name": "", "cron": "61 * * * *", "catch_up": "x", "options": {"on_error": "y"}}
    reply = await daemon.local("PATCH", PATH, json=edit)

    assert [path for path, _ in codes(reply)] == ["name", "cron", "catch_up", "options.on_error"]
    lost = await daemon.local("PATCH", PATH, json={"selector": "away2/x"})
    assert lost.code == "host-not-found"
    assert (await stored(daemon)).selector == "web"


async def test_a_one_off_that_has_fired_can_be_edited(daemon) -> None:
    """Its past instant is no fault; a new one brings it to life again."""
    await add(daemon, cron=None, at="2026-11-24 14:00")
    fired = replace(await stored(daemon), next_at=None, done=True)
    async with daemon.store.transaction() as unit:
        await unit.schedules.replace(fired)
    await daemon.clock.advance(timedelta(days=1))

    assert (await daemon.local("PATCH", PATH, json={"action": "start"})).status == 200
    assert (await stored(daemon)).done
    assert (await daemon.local("POST", f"{PATH}/enable")).code == "schedule-over"
    await daemon.local("PATCH", PATH, json={"at": "2026-12-24 18:00"})
    again = await stored(daemon)
    assert (again.done, again.next_at) == (False, datetime(2026, 12, 24, 17, 0, tzinfo=UTC))


async def test_a_disabled_schedule_starts_from_when_it_is_enabled(daemon) -> None:
    """The time between is not missed time; doing it twice is doing it once."""
    await add(daemon)
    for _ in range(2):
        reply = await daemon.local("POST", f"{PATH}/disable")
        assert (reply.json["enabled"], reply.json["next_at"]) == (False, None)
    await daemon.clock.advance(timedelta(days=3))
    for _ in range(2):
        reply = await daemon.local("POST", f"{PATH}/enable")

        assert (reply.json["enabled"], reply.json["next_at"]) == (True, "2026-11-27T21:00:00Z")
    assert [e.action for e in await daemon.audit()] == [
        *("schedule.add", "schedule.disable", "schedule.enable"),
    ]


async def test_a_disabled_schedule_stays_so_when_its_trigger_is_changed(daemon) -> None:
    """Editing enables nothing."""
    await add(daemon, enabled=False)
    assert (await stored(daemon)).next_at is None
    await daemon.local("PATCH", PATH, json={"cron": "0 5 * * *"})

    assert (await stored(daemon)).next_at is None


async def test_removing_a_schedule_cancels_what_it_has_planned(daemon) -> None:
    """What waits is ended with its cause; other runs and the history stay."""
    await add(daemon)
    schedule = await stored(daemon)
    await daemon.local("POST", f"{PATH}/run")
    planned = model.Run(
        id=daemon.services.ids.new(),
        stack=model.StackRef("local", "web"),
        action=model.Action.STOP,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.SCHEDULE,
        cause="schedule `nightly`",
        actor="local",
        schedule_id=schedule.id,
        schedule_name="nightly",
        planned_at=daemon.clock.now(),
        created_at=daemon.clock.now(),
    )
    async with daemon.store.transaction() as unit:
        await unit.runs.add(planned)
    async with daemon.bus.subscribe() as items:
        assert (await daemon.local("DELETE", PATH)).status == 204
        told = await next_run(items)

    run = (await daemon.local("GET", f"/v1/runs/{planned.id}")).json
    assert (run["status"], run["cause"]) == ("cancelled", "its schedule was removed")
    assert run["schedule"] == "nightly"
    assert (told.id, told.status) == (planned.id, model.RunStatus.CANCELLED)
    assert (await daemon.local("GET", PATH)).code == "schedule-not-found"
    by_hand = (await daemon.local("GET", "/v1/runs?status=planned")).json["items"]
    assert len(by_hand) == 1


async def test_a_schedule_is_run_by_hand(daemon) -> None:
    """Its action and options, on what its selector names now, also while it is disabled."""
    await add(daemon, selector="local/*", enabled=False, options={"on_error": "halt"})
    token = await daemon.token("alice", "operator")
    path, headers = f"{PATH}/run", {"Idempotency-Key": "k"}
    reply = await daemon.call("POST", path, token=token, headers=headers)
    again = await daemon.call("POST", path, token=token, headers=headers)

    assert reply.status == 202
    assert reply.json == again.json
    run = reply.json["items"][1]
    assert (run["stack"], run["action"], run["schedule"]) == ("local/web", "stop", "nightly")
    assert run["cause"] == "schedule `nightly` run by hand by alice"
    async with daemon.store.reading() as unit:
        kept = await unit.runs.get(run["id"])
    assert kept is not None
    assert (kept.schedule_id, kept.options.on_error) == (None, model.OnError.HALT)
    assert (await stored(daemon)).next_at is None
    assert daemon.executor.woken == 1


async def test_running_a_schedule_whose_host_is_away_is_refused(daemon) -> None:
    """By hand, somebody is there to be told."""
    await add(daemon, selector="away/far")

    assert (await daemon.local("POST", f"{PATH}/run")).code == "host-unreachable"


async def test_a_name_that_is_nearly_right_gets_a_hint(daemon) -> None:
    """As everywhere."""
    await add(daemon)

    assert (await daemon.local("GET", "/v1/schedules/nighly")).json["hint"] == (
        "did you mean `nightly`?"
    )


async def test_previews_show_the_next_instants_and_what_clock_changes_do(daemon) -> None:
    """Of a schedule, and of a trigger that is none yet, from now or from when one says."""
    await add(daemon, cron="30 2 * * *")
    of_schedule = await daemon.local("GET", f"{PATH}/preview?start=soon&count=2")
    assert of_schedule.code == "invalid"
    of_schedule = await daemon.local("GET", f"{PATH}/preview?start=2027-03-27T12:00&count=2")
    body = {"cron": "30 2 * * *", "start": "2027-03-27 11:00+00:00", "count": 2}
    of_trigger = await daemon.local("POST", "/v1/previews", json=body)

    without = of_trigger.json
    assert {moment["action"] for moment in without["moments"]} == {""}
    moments = [{**moment, "action": "stop"} for moment in without["moments"]]
    assert of_schedule.json == {**without, "moments": moments}
    assert [(m["at"], m["local"]) for m in of_schedule.json["moments"]] == [
        ("2027-03-28T01:00:00Z", "2027-03-28T03:00:00+02:00"),
        ("2027-03-29T00:30:00Z", "2027-03-29T02:30:00+02:00"),
    ]
    assert "does not exist" in of_schedule.json["moments"][0]["note"]
    now = await daemon.local("GET", f"{PATH}/preview")
    assert len(now.json["moments"]) == 5
    assert now.json["moments"][0]["at"] == "2026-11-25T01:30:00Z"
    both = await daemon.local("POST", "/v1/previews", json={"zone": "Nowhere/Here", "at": "x"})
    assert {path for path, _ in codes(both)} == {"zone", "at"}


async def test_schedules_come_in_pages_by_name(daemon) -> None:
    """Each once."""
    for name in ("d", "a", "c", "b", "e"):
        await add(daemon, name=name)
    names, path = [], "/v1/schedules?limit=2"
    while path:
        page = (await daemon.local("GET", path)).json
        names += [item["name"] for item in page["items"]]
        path = page["next"] and f"/v1/schedules?limit=2&cursor={page['next']}"

    assert names == ["a", "b", "c", "d", "e"]


async def test_a_time_in_words_is_kept_as_what_it_means(daemon) -> None:
    """As a cron expression, or as an instant; it is the same whoever reads it later."""
    reply = await add(daemon, cron=None, when="first monday of the month at 06:30")
    once = await add(daemon, name="once", cron=None, when="tomorrow at 18:00")
    edited = await daemon.local("PATCH", PATH, json={"when": "every weekday at 22:00"})
    shown = await daemon.local("POST", "/v1/previews", json={"when": "every 15 minutes"})

    assert (reply.status, reply.json["cron"]) == (201, "30 6 * * mon#1")
    assert reply.json["reads"] == "at 06:30 on the first Monday of the month, Europe/Berlin"
    assert once.json["trigger"] == "at"
    assert (edited.status, edited.json["cron"]) == (200, "0 22 * * mon-fri")
    assert shown.json["reads"] == "every 15 minutes, Europe/Berlin"


async def test_words_that_are_not_understood_are_refused_with_examples(daemon) -> None:
    """Nothing is kept, and two triggers are one too many."""
    reply = await add(daemon, cron=None, when="mondays at 6")
    assert codes(reply) == [("when", "when-not-understood")]
    assert "`06:00` or `18:00`" in reply.json["faults"][0]["hint"]
    assert codes(await add(daemon, when="daily at 6:00")) == [("when", "trigger-ambiguous")]
