"""Tables that a page asks for itself: read, read again, followed to their end, and failing."""

from __future__ import annotations

import threading

import msgspec

from dockschedd.wire import stacks
from tests.ctl import samples, stub
from tests.patience import eventually
from tests.ui.conftest import opened, world


def hosts(*names: str) -> stacks.Hosts:
    one = samples.HOSTS[0]
    return stacks.Hosts(items=tuple(msgspec.structs.replace(one, name=name) for name in names))


async def open_hosts(ui) -> None:
    await ui.live()
    await ui.press("H")
    await ui.until("LOST OR NOTES", "local")


async def test_it_is_read_again_on_request_and_the_cursor_stays_on_its_row(
    daemon, tmp_path
) -> None:
    """Also where rows come before it."""
    daemon.on("GET /v1/hosts", hosts("local", "north"))
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        await ui.press("end")
        daemon.on("GET /v1/hosts", hosts("alpha", "local", "north"))
        await ui.press("ctrl+r")
        text = await ui.until("3 hosts", "alpha")
        daemon.over.set()

    (line,) = [line for line in text.splitlines() if line.startswith("▌")]
    assert "north" in line


async def test_rows_are_filtered_sorted_and_shown_again(daemon, tmp_path) -> None:
    """Escape takes the filter away, the next one leaves the page."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        await ui.press("slash")
        await ui.write("refused")
        text = await ui.until("1 of 2 hosts: /refused")
        assert "27.1.0" not in text
        await ui.write("x")
        await ui.until("no host has these words; Esc shows all")
        await ui.press("escape")
        text = await ui.until("27.1.0", "✗ 1 unreachable")
        assert text.index(" edge ") < text.index(" local ")
        await ui.press("O")
        text = await ui.until("HOST▼", "by host, reversed")
        assert text.index(" local ") < text.index(" edge ")
        await ui.press("o")
        await ui.until("STATE▲", "by state")
        await ui.press("escape")
        await ui.until("3 stacks")
        daemon.over.set()


async def test_what_went_wrong_is_said_beside_what_was_read(daemon, tmp_path) -> None:
    """The rows stay, grey and with their age; the next good answer takes the words away."""
    env = world(tmp_path)
    async with opened(env, daemon.url) as ui:
        await open_hosts(ui)
        env.elapsed = 180.0
        daemon.on("GET /v1/hosts", stub.Refuse("store-error", "The disk is full."))
        await ui.press("ctrl+r")
        await ui.until("✗ what is shown is 3 min old: the disk is full", "edge")
        assert ui.app.screen.grid._is_grey
        daemon.on("GET /v1/hosts", hosts("local"))
        await ui.press("ctrl+r")
        await ui.until("1 host", gone=("the disk is full", "edge"))
        assert not ui.app.screen.grid._is_grey
        daemon.over.set()


async def test_where_there_are_none_it_says_so(daemon, tmp_path) -> None:
    """Rather than an empty table."""
    daemon.on("GET /v1/hosts", hosts())
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("H")
        await ui.until("there are no hosts")
        daemon.over.set()


async def test_a_page_that_is_opened_without_a_daemon_is_read_once_there_is_one(
    daemon, tmp_path
) -> None:
    """Until then it says what it waits for."""
    events = daemon.routes["GET /v1/events"]

    def away(_):
        raise stub.Hang

    daemon.on("GET /v1/events", away)
    daemon.on("GET /v1/me", away)
    async with opened(world(tmp_path), daemon.url) as ui:
        ui.app.state = msgspec.structs.replace(ui.app.state, me=samples.ME)
        ui.app.screen.action_go("hosts")
        await ui.until("waiting for the daemon", "LOST OR NOTES")
        daemon.on("GET /v1/events", events)
        daemon.on("GET /v1/me", samples.ME)
        await ui.press("ctrl+r")
        await ui.until("● live", "27.1.0")
        daemon.over.set()


async def test_many_reasons_to_read_at_once_are_few_questions(daemon, tmp_path) -> None:
    """What comes while it is being read is one more look."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        before = daemon.asked["GET /v1/hosts"]
        for _ in range(50):
            ui.app.screen.read()
        await eventually(lambda: daemon.asked["GET /v1/hosts"] == before + 2)
        await ui.until("LOST OR NOTES")
        daemon.over.set()

    assert daemon.asked["GET /v1/hosts"] == before + 2


async def test_what_is_forgotten_is_not_shown_until_it_is_read_again(daemon, tmp_path) -> None:
    """As after a login; an answer to what was asked before does not bring it back."""
    go_on = threading.Event()

    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)

        def slow(_):
            go_on.wait(5)
            return hosts("old")

        daemon.on("GET /v1/hosts", slow)
        page = ui.app.screen
        page.read()
        await eventually(lambda: daemon.asked["GET /v1/hosts"] == 2)
        page.forget()
        await ui.until("reading", gone=("27.1.0",))
        daemon.on("GET /v1/hosts", hosts("new"))
        page.read()
        await ui.until("1 host", "new")
        go_on.set()
        await eventually(lambda: not any(each.is_running for each in page.workers))
        await ui.until("1 host", "new", gone=(" old ",))
        daemon.over.set()
