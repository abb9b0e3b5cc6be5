"""Windows over the API: what is kept, what is refused, what is previewed and exported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from dockschedctl import documents
from dockschedd.core import model, triggers
from dockschedd.wire import schedules
from tests.api.daemon import Daemon, Reply

#: It is 13:00 in Berlin: inside of it.
OFFICE = {
    "name": "office",
    "action": "awake",
    "selector": "web",
    "window": "mon-fri 08:00-18:00",
}
PATH = "/v1/schedules/office"
ALWAYS = {"enforce": "always"}


async def add(daemon: Daemon, **changes) -> Reply:
    body = {k: v for k, v in {**OFFICE, **changes}.items() if v is not None}
    return await daemon.local("POST", "/v1/schedules", json=body)


async def edit(daemon: Daemon, **changes) -> Reply:
    return await daemon.local("PATCH", PATH, json=changes)


async def stored(daemon: Daemon, name: str = "office") -> model.Schedule:
    async with daemon.store.reading() as unit:
        found = await unit.schedules.get(name)
    assert found is not None
    return found


def codes(reply: Reply) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.body
    return [(fault["path"], fault["code"]) for fault in reply.json["faults"]]


# ---------------------------------------------------------------- added and changed


async def test_a_window_is_kept_as_it_was_written(daemon) -> None:
    """Its items in one form, the usual ways, the next edge and what it does; on record."""
    reply = await add(daemon, window="Mon-Fri 8:00 - 18:00")
    schedule = await stored(daemon)

    assert reply.status == 201
    assert schedule.trigger == triggers.WindowTrigger(
        expression="mon-fri 08:00-18:00",
        zone="Europe/Berlin",
        wants=triggers.Wish.AWAKE,
        sleep_by=triggers.SleepBy.STOP,
        enforce=triggers.Enforce.BOUNDARY,
    )
    assert schedule.action is None
    assert schedule.next_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    shown = reply.json
    assert (shown["trigger"], shown["action"], shown["cron"]) == ("window", "awake", None)
    assert (shown["window"], shown["sleep_by"]) == ("mon-fri 08:00-18:00", "stop")
    assert (shown["enforce"], shown["next_action"]) == ("boundary", "stop")
    assert shown["reads"] == "awake from 08:00 to 18:00 on weekdays, Europe/Berlin"
    assert (await daemon.local("GET", PATH)).json == shown
    last = (await daemon.audit())[-1]
    assert (last.action, last.target) == ("schedule.add", "office")
    assert last.detail == ("awake web awake from 08:00 to 18:00 on weekdays, Europe/Berlin")


async def test_what_comes_next_on_a_stack_is_what_the_edge_does(daemon) -> None:
    """In lists of stacks and in the status: a stop or a start, not a wish."""
    await add(daemon, sleep_by="pause")
    (row,) = (await daemon.local("GET", "/v1/stacks?selector=web")).json["items"]
    status = (await daemon.local("GET", "/v1/status")).json

    assert (row["next_action"], row["next_schedule"]) == ("pause", "office")
    assert status["upcoming"][0]["next_action"] == "pause"


async def test_every_part_of_a_window_can_be_changed_alone(daemon) -> None:
    """What is left out stays; the audit log names what is different and nothing else."""
    await add(daemon)
    for change, expected in (
        ({"sleep_by": "pause"}, 'sleep_by: "stop" → "pause"'),
        ({"enforce": "always"}, 'enforce: "boundary" → "always"'),
        ({"zone": "UTC"}, 'zone: "Europe/Berlin" → "UTC"'),
        ({"window": "daily 09:00-17:00"}, 'window: "mon-fri 08:00-18:00" → "daily 09:00-17:00"'),
        ({"action": "asleep"}, 'action: "awake" → "asleep"'),
    ):
        reply = await edit(daemon, **change)
        assert reply.status == 200, reply.body
        assert (await daemon.audit())[-1].detail == expected
    trigger = (await stored(daemon)).trigger

    assert trigger == triggers.WindowTrigger(
        expression="daily 09:00-17:00",
        zone="UTC",
        wants=triggers.Wish.ASLEEP,
        sleep_by=triggers.SleepBy.PAUSE,
        enforce=triggers.Enforce.ALWAYS,
    )
    assert (await stored(daemon)).next_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert (await edit(daemon, action="asleep", sleep_by="pause")).status == 200
    assert (await daemon.audit())[-1].detail == 'action: "awake" → "asleep"'


async def test_a_schedule_becomes_a_window_and_back(daemon) -> None:
    """With an action that fits; policies that only the other kind has do not stay."""
    await add(daemon, action="stop", window=None, cron="0 22 * * *", deadline="2h", catch_up="all")
    there = await edit(daemon, action="awake", window="mon-fri 08:00-18:00", sleep_by="pause")
    window = await stored(daemon)
    back = await edit(daemon, action="restart", cron="0 6 * * *")
    cron = await stored(daemon)

    assert (there.status, back.status) == (200, 200)
    assert (there.json["window"], there.json["cron"]) == ("mon-fri 08:00-18:00", None)
    assert (window.action, window.deadline) == (None, timedelta(hours=1))
    assert (back.json["window"], back.json["sleep_by"], back.json["enforce"]) == (None, None, None)
    assert (back.json["cron"], back.json["next_action"]) == ("0 6 * * *", "restart")
    assert (cron.action, cron.catch_up) == (model.Action.RESTART, model.CatchUp.SKIP)


async def test_half_a_change_of_kind_is_refused(daemon) -> None:
    """A cron that is awake, or a window that stops, means nothing; nothing is changed."""
    await add(daemon)
    before = await stored(daemon)
    assert codes(await edit(daemon, cron="0 6 * * *")) == [("action", "window-missing")]
    assert codes(await edit(daemon, action="stop")) == [("action", "window-wish")]
    assert codes(await edit(daemon, deadline="2h")) == [("deadline", "window-state")]
    assert await stored(daemon) == before


async def test_a_window_that_is_changed_starts_from_now(daemon) -> None:
    """The next edge is the first one of the new window; a disabled one has none."""
    await add(daemon, enabled=False)
    assert (await edit(daemon, window="daily 09:00-17:00")).json["next_at"] is None
    await daemon.local("POST", f"{PATH}/enable")
    assert (await stored(daemon)).next_at == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


async def test_whoever_waits_for_windows_is_told_of_each_change(daemon) -> None:
    """Adding, changing, disabling and removing wake the enforcer."""
    woken = daemon.services.enforcer
    seen = []
    for request in (
        add(daemon),
        edit(daemon, sleep_by="pause"),
        daemon.local("POST", f"{PATH}/disable"),
        daemon.local("DELETE", PATH),
    ):
        await request
        seen.append(woken.woken)
    assert seen == [1, 2, 3, 4]


async def test_a_second_window_of_that_name_is_refused(daemon) -> None:
    """As with any schedule, whatever it would contradict."""
    await add(daemon, action="asleep", window="daily 23:00-07:00")
    again = await add(daemon, action="asleep", window="daily 22:00-07:00")
    await add(daemon, name="other", window="daily 08:00-18:00")
    renamed = await daemon.local("PATCH", "/v1/schedules/other", json={"name": "office"})

    assert (again.status, again.code) == (409, "schedule-exists")
    assert (renamed.status, renamed.code) == (409, "schedule-exists")


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"window": None}, [("action", "window-missing"), ("cron", "trigger-missing")]),
        ({"window": None, "cron": "@daily"}, [("action", "window-missing")]),
        ({"action": "stop"}, [("action", "window-wish")]),
        ({"action": "aslep"}, [("action", "unknown-value")]),
        ({"cron": "@daily"}, [("window", "trigger-ambiguous")]),
        ({"when": "every day at 8:00"}, [("window", "trigger-ambiguous")]),
        ({"catch_up": "all"}, [("catch_up", "window-state")]),
        ({"deadline": "1h", "catch_up": "skip"},
         [("catch_up", "window-state"), ("deadline", "window-state")]),
        ({"window": "mon-fri 08:00-", **ALWAYS}, [("enforce", "window-one-sided")]),
        ({"sleep_by": "nap", "enforce": "never"},
         [("sleep_by", "unknown-value"), ("enforce", "unknown-value")]),
        ({"window": ""}, [("window", "window-syntax")]),
        ({"window": "mon 08:00-08:00"}, [("window", "window-empty")]),
        ({"window": "2026-12-27 06:00/2026-12-24 18:00"}, [("window", "window-reversed")]),
        ({"window": "mon 08:00-25:00"}, [("window", "window-out-of-range")]),
        ({"window": "mon 08:00-, tue 08:00-09:00"}, [("window", "window-mixed")]),
        ({"window": "mon 08:00-, mon -08:00"}, [("window", "window-contradicts")]),
        ({"window": "mo 08:00-09:00, x", "zone": "Moon/Base"},
         [("zone", "unknown-zone"), ("window", "window-syntax"), ("window", "window-syntax")]),
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_window_is_refused_with_its_place(daemon, changes, expected) -> None:
    """Everything at once, and nothing is kept."""
    reply = await add(daemon, **changes)

    assert codes(reply) == expected
    assert (await daemon.local("GET", "/v1/schedules")).json["items"] == []
    assert await daemon.audit() == []


async def test_what_only_a_window_has_is_refused_elsewhere(daemon) -> None:
    """On a cron schedule, new or changed."""
    cron = {"action": "stop", "window": None, "cron": "@daily"}
    assert codes(await add(daemon, **cron, sleep_by="stop", **ALWAYS)) == [
        ("sleep_by", "window-only"),
        ("enforce", "window-only"),
    ]
    await add(daemon, **cron)
    assert codes(await edit(daemon, enforce="always")) == [("enforce", "window-only")]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"window": None, "cron": "@daily"}, '--window "mon-fri 08:00-18:00"'),
        ({"action": "stop"}, "awake or asleep"),
        ({"action": "aslep"}, "did you mean `asleep`?"),
        ({"window": "mon-fri 08:00-18:00, 19:00-20:00"}, "`mon-fri 19:00-20:00`"),
        ({"window": "mon 09:00-09:00"}, "`00:00-24:00`"),
        ({"sleep_by": "stopp"}, "did you mean `stop`?"),
    ],
    ids=str,
)
async def test_refusals_say_what_to_write(daemon, changes, hint) -> None:
    """With a form that can be copied."""
    (fault,) = (await add(daemon, **changes)).json["faults"]

    assert hint in fault["hint"]


async def test_one_sided_windows_are_like_any_other_action(daemon) -> None:
    """They have catch-up and deadline, for what they did not do in time is not done later."""
    reply = await add(daemon, window="mon-fri 08:00-", catch_up="all", deadline="2h")

    assert reply.status == 201
    assert (reply.json["catch_up"], reply.json["deadline_seconds"]) == ("all", 7200.0)
    assert (reply.json["next_action"], reply.json["next_at"]) == ("start", "2026-11-25T07:00:00Z")


async def test_a_viewer_cannot_write_windows(daemon) -> None:
    """As with any schedule."""
    token = await daemon.token("eve", "viewer")
    reply = await daemon.call("POST", "/v1/schedules", token=token, json=OFFICE)

    assert (reply.status, reply.code) == (403, "forbidden")


# ---------------------------------------------------------------- previews and documents


async def test_a_preview_says_what_each_edge_does(daemon) -> None:
    """Of a window that is none yet, awake unless told otherwise, and of a schedule."""
    body = {"window": "mon-fri 08:00-18:00", "count": 3}
    awake = (await daemon.local("POST", "/v1/previews", json=body)).json
    asleep = (await daemon.local("POST", "/v1/previews", json={**body, "wish": "asleep"})).json
    await add(daemon, sleep_by="pause", enabled=False)
    kept = (await daemon.local("GET", f"{PATH}/preview?count=3")).json

    assert awake["reads"] == "awake from 08:00 to 18:00 on weekdays, Europe/Berlin"
    assert asleep["reads"].startswith("asleep from 08:00")
    assert [each["local"] for each in awake["moments"]] == [
        "2026-11-24T18:00:00+01:00",
        "2026-11-25T08:00:00+01:00",
        "2026-11-25T18:00:00+01:00",
    ]
    assert [each["action"] for each in awake["moments"]] == ["stop", "start", "stop"]
    assert [each["action"] for each in asleep["moments"]] == ["start", "stop", "start"]
    assert [each["action"] for each in kept["moments"]] == ["pause", "start", "pause"]


async def test_a_preview_tells_what_a_clock_change_does_to_an_edge(daemon) -> None:
    """02:30 does not exist on the spring day: the edge comes at the first time that does."""
    body = {"window": "daily 02:30-06:00", "start": "2027-03-27 12:00", "count": 2}
    moments = (await daemon.local("POST", "/v1/previews", json=body)).json["moments"]

    assert [each["local"] for each in moments] == [
        "2027-03-28T03:00:00+02:00",
        "2027-03-28T06:00:00+02:00",
    ]
    assert "02:30" in moments[0]["note"]
    assert moments[1]["note"] == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"window": "mon 8-9"}, [("window", "window-syntax")]),
        ({"window": "mon 08:00-09:00", "wish": "dead"}, [("wish", "unknown-value")]),
        (
            {"window": "x", "wish": "dead", "zone": "Moon/Base"},
            [("wish", "unknown-value"), ("zone", "unknown-zone"), ("window", "window-syntax")],
        ),
        ({"window": "mon 08:00-09:00", "cron": "@daily"}, [("window", "trigger-ambiguous")]),
    ],
    ids=str,
)
async def test_a_preview_of_no_window_is_refused(daemon, body, expected) -> None:
    """With the same codes as the window of a schedule."""
    found = codes(await daemon.local("POST", "/v1/previews", json=body))
    assert found == expected


async def test_an_export_of_windows_applied_changes_nothing(daemon) -> None:
    """Items, what is wanted, how it sleeps, how it is enforced, in each form of a document."""
    made = [
        {"window": window, "action": action, "zone": zone, **ways}
        for window in ("mon-fri 08:00-18:00", "22:00-06:00, sat 10:00-14:00",
                       "2026-12-24 18:00/2026-12-27 06:00")
        for action in ("awake", "asleep")
        for zone in ("UTC", "America/New_York")
        for ways in ({}, {"sleep_by": "pause"}, ALWAYS, {"spread": "10m", "enabled": False})
    ]  # fmt: skip
    made += [{"window": "mon-fri -18:00", "action": "awake", "catch_up": "all", "deadline": "2h"}]
    wanted = [{"name": f"s{n}", "selector": "web", **each} for n, each in enumerate(made)]
    assert (await apply(daemon, *wanted)).status == 200
    listed = await daemon.local("GET", "/v1/schedules?limit=1000")
    page = msgspec.convert(listed.json, schedules.SchedulePage)
    found = [documents.entry_of(each) for each in page.items]
    audited = await daemon.audit()

    for text, name in (
        (documents.as_yaml(found), "a.yaml"),
        (documents.as_toml(found), "a.toml"),
        (documents.as_json(found), "a.json"),
    ):
        reply = await apply(daemon, *documents.read(text, name=name), prune=True)
        assert len(reply.json["unchanged"]) == len(made)
    assert await daemon.audit() == audited


async def test_a_document_names_what_changes_of_a_window(daemon) -> None:
    """And what is wrong with it, with the place of its entry."""
    await apply(daemon, OFFICE)
    reply = await apply(daemon, {**OFFICE, "window": "daily 08:00-18:00", **ALWAYS})
    (change,) = reply.json["changed"]
    wrong = await apply(daemon, {**OFFICE, "window": "x", "sleep_by": "nap"})

    assert {each["field"] for each in change["fields"]} == {"window", "enforce"}
    assert codes(wrong) == [
        ("schedules[0].sleep_by", "unknown-value"),
        ("schedules[0].window", "window-syntax"),
    ]


async def apply(daemon: Daemon, *entries: dict, **body) -> Reply:
    given = {"schedules": list(entries), **body}
    return await daemon.local("POST", "/v1/documents", json=given)


async def test_what_is_told_to_come_next_is_what_another_window_lets_happen(daemon) -> None:
    """An edge that will be overruled is not what comes next, in the list and in `why`."""
    await add(daemon)
    await add(daemon, name="late", window="daily 12:00-20:00")
    listed = await daemon.local("GET", "/v1/stacks?selector=local/web")
    (web,) = listed.json["items"]
    why = await daemon.local("GET", "/v1/stacks/local/web/why")

    assert (web["next_action"], web["next_schedule"]) == ("stop", "late")
    assert web["next_at"] == "2026-11-24T19:00:00Z"
    assert why.json["lines"][-1]["text"] == "stop by schedule `late`"
    assert why.json["lines"][-1]["at"] == "2026-11-24T19:00:00Z"
