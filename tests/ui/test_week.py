"""The page of the week."""

from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
import pytest

from dockschedctl.output import slots
from dockschedctl.ui.rows import weeks
from dockschedd.core import model
from dockschedd.wire import access
from tests.api.daemon import container
from tests.ctl import samples, stub
from tests.ctl.week_samples import WEEK
from tests.patience import eventually
from tests.ui.conftest import opened, world
from tests.ui.test_screens import check

NIGHT = {"name": "night", "action": "asleep", "selector": "local/*", "window": "22:00-06:00"}
_ITEMS = tuple(
    msgspec.structs.replace(item, stack=name)
    for name, item in zip(
        ("local/db", "local/queue", "local/web"),
        (WEEK.items[1], WEEK.items[3], WEEK.items[2]),
        strict=True,
    )
)


@pytest.fixture
def week(daemon):
    """The stub, which has a week for each of its stacks, on whichever day it is to begin."""

    def answer(request: stub.Request) -> object:
        items = _ITEMS
        if "selector" in request.query:
            found = next(each for each in items if each.stack == request.query["selector"])
            items = (msgspec.structs.replace(found, conflicts=()),)
        days = WEEK.days
        if "start" in request.query:
            first = slots.scale(days, samples.NOW.tzinfo, room=None).date(0)
            begin = first.fromisoformat(f"{request.query['start']}T12:00:00+00:00")
            days = tuple(day + (begin - first).days * timedelta(days=1) for day in days)
        return msgspec.structs.replace(WEEK, items=items, days=days)

    daemon.on("GET /v1/week", answer)
    return daemon


async def open_week(ui) -> str:
    await ui.live()
    await ui.press("W")
    return await ui.until("Tue 24", "▲████▼" if ui.app.size.width > 90 else "▲███▼", "░░")


def asked(daemon) -> list[dict[str, str]]:
    """What was asked for of weeks."""
    return [each.query for each in daemon.requests if each.path == "/v1/week"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_week_is_a_picture(week, tmp_path, size) -> None:
    """Each stack with its days, as fine as the terminal is wide; below it what contradicts."""
    async with opened(world(tmp_path), week.url, size=size) as ui:
        await open_week(ui)
        await ui.press("end")
        check(f"week-{size[0]}x{size[1]}", await ui.until("▌  local/web", "! `fresh` would"))
        week.over.set()


async def test_a_day_is_chosen_and_its_events_are_listed(week, tmp_path) -> None:
    """With the arrows and Enter; what is read is what the picture shows, in the same zone."""
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        await ui.press("end", "right")
        await ui.until("[Wed 25]", " Tue 24 ")
        await ui.press("enter")
        check("week-day-80x24", await ui.until("local/web, Wednesday 25 November 2026"))
        await ui.press("escape")
        await ui.until("[Wed 25]", gone=("Wednesday",))
        week.over.set()


async def test_the_mouse_chooses_a_day_of_a_row(week, tmp_path) -> None:
    """The first click goes there, the next one lists the day."""
    async with opened(world(tmp_path), week.url) as ui:
        text = (await open_week(ui)).splitlines()
        row = next(n for n, line in enumerate(text) if "local/web" in line and "▼" in line)
        column = next(line for line in text if "Fri 27" in line).index("Fri 27")
        await ui.pilot.click(offset=(column + 1, row))
        await ui.until("[Fri 27]", "▌  local/web")
        await ui.pilot.click(offset=(column + 1, row))
        await ui.until("local/web, Friday 27 November 2026", "08:00  ▲ start by office")
        week.over.set()


async def test_weeks_are_turned(week, tmp_path) -> None:
    """By keys, and by going over the last day or the first; one comes back to today."""
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        await ui.press("n")
        await ui.until("[Tue 1]", "1 to 7 Dec 2026")
        await ui.press("p")
        await ui.until("24 to 30 Nov 2026")
        await ui.press("left")
        await ui.until("17 to 23 Nov 2026", "[Mon 23]")
        await ui.press("right")
        await ui.until("24 to 30 Nov 2026", "[Tue 24]")
        await ui.press("n", "c")
        await ui.until("24 to 30 Nov 2026", "▾")
        week.over.set()

    starts = [each.get("start") for each in asked(week)]
    assert [s for n, s in enumerate(starts) if not n or s != starts[n - 1]] in (
        [None, "2026-12-01", "2026-11-24", "2026-11-17", "2026-11-24", "2026-12-01", None],
        [None, "2026-12-01", "2026-11-24", "2026-11-17", "2026-11-24", None],
    )


async def test_the_days_are_those_of_the_zone_that_one_chooses(week, tmp_path) -> None:
    """Completed while it is written; one that there is not is told beside its field."""
    good = week.routes["GET /v1/week"]
    week.on(
        "GET /v1/week",
        lambda request: msgspec.structs.replace(
            good(request), zone=request.query.get("zone", "Europe/Berlin")
        ),
    )
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        await ui.press("z")
        await ui.write("Mars")
        await ui.press("enter")
        await ui.until("✗ there is no zone `Mars`")
        await ui.press(*["backspace"] * 4)
        await ui.write("Asia/Kathm")
        await ui.until("Asia/Kathmandu")
        await ui.press("right", "enter")
        await ui.until("3 stacks · 24 to 30 Nov 2026 · Asia/Kathmandu")
        week.over.set()

    assert {each.get("zone") for each in asked(week)} == {None, "Asia/Kathmandu"}


async def test_what_was_too_much_for_a_page_is_looked_for_on_its_row(week, tmp_path) -> None:
    """Alone, and once."""
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        await ui.until("▌  local/db", "✓ there are no conflicts", "◆ `local/db` is held")
        await ui.press("down", "up")
        await ui.until("✓ there are no conflicts")
        week.over.set()

    assert [each["selector"] for each in asked(week) if "selector" in each] == ["local/db"]


async def test_rows_are_filtered_and_a_stack_is_opened(week, tmp_path) -> None:
    """By words of their names; Escape shows all again, then goes back."""
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        await ui.press("slash")
        await ui.write("web")
        await ui.press("enter")
        await ui.until("1 of 3 stacks: /web", gone=("local/db",))
        await ui.press("o")
        await ui.until("1 Containers", "local/web")
        await ui.press("escape")
        await ui.until("[Tue 24]")
        await ui.press("escape")
        await ui.until("local/db")
        await ui.press("escape")
        await ui.until("STATUS", gone=("[Tue 24]",))
        week.over.set()


async def test_what_goes_wrong_is_said_beside_the_picture(week, tmp_path) -> None:
    """The picture stays, grey; it is asked for again when everything is read again."""
    async with opened(world(tmp_path), week.url) as ui:
        await open_week(ui)
        good = week.routes["GET /v1/week"]
        week.on("GET /v1/week", stub.Refuse("internal", "It went wrong."))
        await ui.press("ctrl+r")
        await ui.until("✗ it went wrong", "local/web")
        week.on("GET /v1/week", good)
        await ui.press("ctrl+r")
        await ui.until("[Tue 24]", gone=("✗ it went",))
        week.over.set()


async def test_who_may_not_read_schedules_is_not_offered_the_week(week, tmp_path) -> None:
    """Neither in the bar nor by the key."""
    less = access.Me(
        user="eve", role="own", method="password", expires_at=None, permissions=("stack.read",)
    )
    week.on("GET /v1/me", less)
    async with opened(world(tmp_path), week.url) as ui:
        await ui.live()
        await ui.press("W")
        await ui.until("D Stacks", gone=("W Week", "[Tue 24]"))
        week.over.set()

    assert not asked(week)


async def test_only_what_is_seen_is_asked_for(real) -> None:
    """Of very many stacks those on the screen; others as one comes to them."""
    for number in range(200):
        ref = model.StackRef("local", f"s{number:03}")
        real.daemon.inventory.by_ref[ref] = (container("app"),)
    await real.daemon.local("POST", "/v1/schedules", json=NIGHT)
    async with real.ui() as ui:
        await ui.live()
        await ui.press("W")
        await ui.until("203 stacks", "░", gone=("reading",))
        page = ui.app.screen
        assert len(page._known) < 60
        await ui.press("end")
        await ui.until("▌  local/web", "░", gone=("reading", "nothing is known"))
        assert len(page._known) < 120


async def test_the_picture_follows_what_is_changed(real) -> None:
    """At the latest when everything is read again."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("W")
        await ui.until("local/web", "········", gone=("reading", "░"))
        await real.daemon.local("POST", "/v1/schedules", json=NIGHT)
        await ui.press("ctrl+r")
        await ui.until("░", "▲", "▼")


async def test_an_answer_of_another_week_is_not_shown(week, tmp_path) -> None:
    """It came after one had turned to the next one."""
    good = week.routes["GET /v1/week"]
    late, first = threading.Event(), []

    def answer(request):
        if not first:
            first.append(request)
            late.wait(5.0)
        return good(request)

    week.on("GET /v1/week", answer)
    async with opened(world(tmp_path), week.url) as ui:
        await ui.live()
        await ui.press("W")
        await eventually(lambda: first)
        ui.app.screen._begin_at(samples.NOW + timedelta(days=7))
        await ui.until("1 to 7 Dec 2026")
        late.set()
        await ui.press("right")
        await ui.until("[Wed 2]", "1 to 7 Dec 2026")
        week.over.set()


def test_the_chosen_day_is_told_without_colour() -> None:
    """In brackets where there is room, else behind a sign."""
    wide = slots.scale(WEEK.days, slots.zone_of(WEEK.zone), room=None)
    narrow = slots.scale(WEEK.days, slots.zone_of(WEEK.zone), room=48)

    assert weeks.days_line(wide, 1)[:2] == ("Tue 24  ", "[Wed 25]")
    assert weeks.days_line(narrow, 1)[:2] == ("Tue 24", ">Wed25")
    assert weeks.title(wide) == "24 to 30 Nov 2026"


def test_names_are_cut_in_their_middle_and_rows_are_kept() -> None:
    """Names begin alike; a row is made again only where its week or the room is another."""
    name = "production-eu-west/customer-portal-1"
    known = {name: WEEK.items[2], "a/gone": None}
    on = weeks.scale(WEEK.days, WEEK.zone, [name], room=76)
    builder = weeks.Builder()
    row, gone, unread = builder.rows([name, "a/gone", "a/b"], known, on, room=76)

    assert row.cells[0].text == "produ…rtal-1"
    assert row.cells[1].text.startswith("░░▲███▼░ ░!▲█↻█▼░ ")
    assert "".join(text for text, _ in row.cells[1].parts) == row.cells[1].text
    assert ("!", "bad") in row.cells[1].parts
    assert (gone.cells[1].text, unread.cells[1].text) == ("nothing is known of it", "reading")
    assert builder.rows([name], known, on, room=76)[0] is row
    wider = builder.rows([name], known, on, room=90)[0]
    assert len(wider.cells[0].text) == 26
    assert "▲ start" in builder.legend(samples.NOW)
