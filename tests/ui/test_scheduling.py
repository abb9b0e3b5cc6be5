"""The form of a schedule against the real API: told while it is written, saved when agreed to."""

from __future__ import annotations

import pytest

from dockschedctl.ui import draft_fields, offering
from dockschedctl.ui.screens.scheduling import ScheduleForm
from tests.ctl import stub
from tests.patience import eventually
from tests.ui.conftest import opened, world
from tests.ui.test_login import log_in
from tests.ui.test_screens import check

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}


async def add(real, **changes) -> None:
    reply = await real.daemon.local("POST", "/v1/schedules", json={**NIGHTLY, **changes})
    assert reply.status == 201, reply.json


async def names(real) -> list[str]:
    reply = await real.daemon.local("GET", "/v1/schedules")
    return [each["name"] for each in reply.json["items"]]


async def shown(real, name: str) -> dict:
    return (await real.daemon.local("GET", f"/v1/schedules/{name}")).json


async def open_form(ui) -> None:
    await ui.live()
    await ui.press("S")
    await ui.until("SCHEDULE▲")
    await ui.press("n")
    await ui.until("new schedule", "asleep from 23:00", "FROM NOW")


async def fill(ui, name: str, text: str) -> None:
    """Write something else into a field, all at once."""
    field = ui.app.screen.query_one(f"#field-{name}")
    field.focus()
    field.value = text
    field.cursor_position = len(text)
    await ui.pilot.pause()


async def test_a_stack_sleeps_at_night_by_naming_it(real) -> None:
    """The form begins with what people want most: one word and one key."""
    async with real.ui() as ui:
        await open_form(ui)
        await ui.write("web")
        await ui.until("sleep-web", "✓ it contradicts no other schedule")
        await ui.press("ctrl+s")
        await ui.until("added sleep-web: asleep web; next: stop 23:00", "▌  sleep-web")

    saved = await shown(real, "sleep-web")
    assert (saved["action"], saved["window"]) == ("asleep", "daily 23:00-07:00")


async def test_sentence_and_instants_follow_what_is_typed(real) -> None:
    """In the zone of the schedule, and as the clocks here show them where they differ."""
    async with real.ui() as ui:
        await open_form(ui)
        await fill(ui, "window", "mon-fri 08:00-18:00")
        await ui.until("from 08:00 to 18:00 on weekdays", gone=("from 23:00",))
        await fill(ui, "zone", "Asia/Tokyo")
        text = await ui.until("IN Asia/Tokyo", "HERE", "+09:00")
        assert "10:00" in next(line for line in text.splitlines() if "18:00 +09:00" in line)


async def test_an_action_is_written_in_words_as_cron_or_as_a_date(real) -> None:
    """Each has a field of its own; a change of the clocks is told beside the instant."""
    async with real.ui() as ui:
        await open_form(ui)
        await ui.pilot.click("#field-action", offset=(25, 0))
        await ui.until("[stop]", "[words] cron  once", "at 22:00 every day", gone=("Window",))
        await ui.pilot.click("#field-by", offset=(9, 0))
        await ui.until("[cron]", "0 22 * * *")
        await fill(ui, "cron", "30 2 28 3 *")
        await ui.until("Sun 2027-03-28 03:00 +02:00", "02:30 does not exist")
        await ui.until("minute 30 · hour 2 · day 28 · month 3 · weekday *")
        await ui.pilot.click("#field-by", offset=(15, 0))
        await ui.until("[once]", "Once at")
        await fill(ui, "at", "2026-12-24 18:00")
        await ui.until("Thu 2026-12-24 18:00 +01:00", gone=("28 3",))


async def test_what_is_wrong_is_said_beside_its_field(real) -> None:
    """All at once and with hints; the rest is told all the same."""
    await add(real)
    async with real.ui(size=(80, 30)) as ui:
        await open_form(ui)
        await ui.write("local/wbe")
        await fill(ui, "name", "nightly")
        await fill(ui, "zone", "Europe/Berln")
        text = await ui.until(
            "there is no stack `local/wbe`", "did you mean", "`nightly` already", "Europe/Berln`"
        )
        lines = [line.strip() for line in text.splitlines()]
        for label, fault in (("Stacks", "✗ there is no stack"), ("Name", "✗ there is a sched")):
            at = next(n for n, line in enumerate(lines) if line.startswith(label))
            assert lines[at + 1].startswith(fault)
        await ui.press("ctrl+s")
        await ui.until("local/wbe")
        assert ui.app.screen.focused.id == "field-selector"

    assert await names(real) == ["nightly"]


async def test_what_has_no_answer_yet_is_asked_for_when_one_saves(real) -> None:
    """Not before: a form that was just opened is not wrong."""
    async with real.ui() as ui:
        await open_form(ui)
        await ui.until("asleep from", gone=("✗",))
        await ui.press("ctrl+s")
        await ui.until("✗ a name has 1 to 64", "Stacks")
        assert ui.app.screen.focused.id == "field-selector"


async def test_conflicts_are_shown_before_it_is_saved(real) -> None:
    """While one writes, and once more as a question; refusing keeps what was written."""
    await add(real, name="early", action="start", cron="0 2 * * *")
    async with real.ui() as ui:
        await open_form(ui)
        await ui.write("web")
        await ui.until("! conflict: `early` would start `local/web`")
        await ui.press("ctrl+s")
        await ui.until("save it all the same", "it contradicts another schedule", "Save (y)")
        await ui.press("escape")
        await ui.until("new schedule", "sleep-web", gone=("Save (y)",))
        assert await names(real) == ["early"]
        await ui.press("ctrl+s")
        await ui.until("Save (y)")
        await ui.press("y")
        await ui.until("added sleep-web", "warning: 1 conflict with other schedules")

    assert await names(real) == ["early", "sleep-web"]


async def test_policies_are_folded_away_and_summed_up(real) -> None:
    """Those of the action alone; what is not as usual is told where they are folded."""
    async with real.ui(size=(80, 40)) as ui:
        await open_form(ui)
        await ui.write("web")
        await ui.press("ctrl+o")
        await ui.until("Sleep by", "Enforce", "Also asleep", "If busy", gone=("Catch up",))
        await ui.pilot.click("#field-sleep_by", offset=(9, 0))
        await fill(ui, "spread", "10m")
        await ui.press("ctrl+o")
        await ui.until("More (^o): sleep by pause, spread 10m", "pause  in", gone=("Enforce",))
        await ui.press("ctrl+s")
        await ui.until("added sleep-web")

    saved = await shown(real, "sleep-web")
    assert (saved["sleep_by"], saved["spread_seconds"]) == ("pause", 600.0)


async def test_a_fault_that_is_folded_away_is_unfolded(real) -> None:
    """When one tries to save."""
    async with real.ui(size=(80, 40)) as ui:
        await open_form(ui)
        await ui.write("web")
        await ui.press("ctrl+o")
        await fill(ui, "spread", "soon")
        await ui.press("ctrl+o")
        await ui.until("More (^o): ✗ spread", gone=("Spread",))
        await ui.press("ctrl+s")
        await ui.until("Spread", "✗ `soon` is not a duration")
        assert ui.app.screen.focused.id == "field-spread"


async def test_an_edit_tells_what_would_be_another(real) -> None:
    """And changes nothing else; a name that is changed is followed."""
    await add(real, deadline="2h")
    async with real.ui() as ui:
        await ui.live()
        await ui.press("S")
        await ui.until("nightly")
        await ui.press("e")
        await ui.until("schedule nightly", "at 22:00 every day", "[cron]", "deadline 2h")
        await fill(ui, "cron", "0 23 * * mon-fri")
        await ui.until("at 23:00", "changes cron:")
        await fill(ui, "name", "late")
        await ui.press("ctrl+s")
        await ui.until("changed late: stop web", "▌  late")

    saved = await shown(real, "late")
    assert (saved["cron"], saved["deadline_seconds"]) == ("0 23 * * mon-fri", 7200.0)


async def test_what_was_written_is_not_thrown_away_by_one_key(real) -> None:
    """Of a form that was not touched Escape simply leaves."""
    async with real.ui() as ui:
        await open_form(ui)
        await ui.press("escape")
        await ui.until("SCHEDULE▲", gone=("new schedule",))
        await ui.press("n")
        await ui.until("new schedule")
        await ui.write("web")
        await ui.press("escape")
        await ui.until("leave without saving", "Leave (y)")
        await ui.press("escape")
        await ui.until("new schedule", gone=("Leave (y)",))
        await ui.pilot.click("#no")
        await ui.until("Leave (y)")
        await ui.press("y")
        await ui.until("SCHEDULE▲", gone=("new schedule",))

    assert await names(real) == []


async def test_an_offer_is_taken_with_the_arrow(real) -> None:
    """Stacks, zones and calendars; the rest of the word stands there grey."""
    reply = await real.daemon.local(
        "POST", "/v1/calendars", json={"name": "holidays", "dates": ["2026-12-25"]}
    )
    assert reply.status == 201
    async with real.ui(size=(80, 40)) as ui:
        await open_form(ui)
        await ui.write("local/w")
        await ui.until("local/web")
        await ui.press("right")
        await ui.until("sleep-local-web")
        await ui.press("ctrl+o")
        form = ui.app.screen
        assert isinstance(form, ScheduleForm)
        await eventually(lambda: form._calendars == ("holidays",))
        await fill(ui, "also_asleep", "hol")
        await ui.until("holidays")
        await ui.press("right", "ctrl+s")
        await ui.until("added sleep-local-web")

    assert (await shown(real, "sleep-local-web"))["also_asleep"] == ["holidays"]


async def test_a_schedule_for_a_stack_begins_with_the_stack(real) -> None:
    """From its page; afterwards it is among those that act on it, and opens from there."""
    async with real.ui() as ui:
        await ui.live()
        await ui.until(" web")
        await ui.press("end", "enter")
        await ui.until("1 Containers", "web-app-1")
        await ui.press("n")
        await ui.until("new schedule", "sleep-local-web", "✓ it contradicts")
        await ui.until("daily 23:00-07:00 · mon-fri")  # when is what is asked first
        await ui.press("ctrl+s")
        await ui.until("2 Schedules", "READS", "sleep-local-web", gone=("new schedule",))
        await ui.press("enter")
        await ui.until("schedule sleep-local-web", "Save (^s)")
        await ui.press("escape")
        await ui.until("2 Schedules", gone=("Save (^s)",))


async def test_the_dashboard_begins_one_for_what_is_under_the_cursor(real) -> None:
    """A stack, or all of a host."""
    async with real.ui() as ui:
        await ui.live()
        await ui.until(" web")
        await ui.press("end", "n")
        await ui.until("new schedule", "sleep-local-web")
        await ui.press("escape")
        await ui.until(" web", gone=("new schedule",))
        await ui.press("home", "n")
        await ui.until("new schedule", "sleep-away", "away/*")


async def test_a_login_that_ends_leaves_the_form_as_it_was(real) -> None:
    """It is asked for again, and what was written is checked then."""
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "alice")
        await ui.until("● live", gone=("Password",))
        await open_form(ui)
        async with real.daemon.store.transaction() as unit:
            user = await unit.users.get("alice")
            await unit.users.revoke_all(user.id, at=real.daemon.clock.now())
        await ui.write("web")
        await ui.until("Log in", "Password (never stored)")
        await log_in(ui, None)
        await ui.until("new schedule", "sleep-web", "✓ it contradicts", gone=("Password",))


async def test_an_answer_that_comes_late_is_not_shown(daemon, tmp_path) -> None:
    """What is told is what stands there now, in whatever order answers come."""
    import threading

    from dockschedd.wire import drafts, problems

    slow, asked = threading.Event(), []

    def answer(request):
        asked.append(request.body["selector"])
        if request.body["selector"] == "w":
            slow.wait(5.0)
        text = f"told of {request.body['selector']}"
        fault = problems.FieldFault(path="selector", code="x", message=text)
        return drafts.Draft(faults=(fault,))

    daemon.on("POST /v1/drafts", answer)
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("S", "n")
        await ui.until("new schedule")
        await ui.write("w")
        await eventually(lambda: "w" in asked)
        await ui.write("eb")
        await ui.until("✗ told of web")
        slow.set()
        await ui.until("✗ told of web", gone=("told of w\n",))
        daemon.over.set()


async def test_a_daemon_that_does_not_answer_is_told_and_asked_again(daemon, tmp_path) -> None:
    """What was written stays; it is checked as soon as that can be."""
    daemon.on("POST /v1/drafts", stub.Refuse("store-busy", "It is busy."))
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("S", "n")
        await ui.until("new schedule", "✗ not checked: It is busy")
        await ui.write("web")
        await ui.press("ctrl+s")
        await ui.until("✗ not checked", "sleep-web")
        daemon.over.set()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_form_looks_as_it_did(real, size) -> None:
    """A change of it is a visible change of a file."""
    await add(real, name="early", action="start", cron="0 2 * * *")
    async with real.ui(size=size) as ui:
        await open_form(ui)
        await ui.write("web")
        check(f"form-{size[0]}x{size[1]}", await ui.until("! conflict:"))


def test_explanations_fit_80_columns() -> None:
    """One line each."""
    assert [each.name for each in draft_fields.FIELDS if len(each.says) > 78] == []


def test_offers_complete_the_last_word() -> None:
    """As the daemon writes it; where nothing begins so there is none."""
    words = offering.selectors(["local/web", "local/db", "edge/db"], ["racks"])

    assert offering.offered("we", words) == "web"
    assert offering.offered("db", words) is None
    assert offering.offered("LOCAL/D", words) == "local/db"
    assert offering.offered("edge/*", words) is None
    assert offering.offered("@", words) == "@racks/*"
    assert offering.offered("", words) is None
    assert offering.offered("a, ho", ["holidays"], several=True) == "a, holidays"
