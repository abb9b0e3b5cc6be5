"""The page of the hosts."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from dockschedctl.ui.rows import hosts as rows
from tests.ctl import samples, stub
from tests.ui.conftest import opened, tell_of_host, world
from tests.ui.test_rows import MOMENT
from tests.ui.test_screens import check


async def open_hosts(ui) -> None:
    await ui.live()
    await ui.press("H")
    await ui.until("edge", "✓ reachable", "✗ unreachable")


async def test_a_host_is_shown_in_full(daemon, tmp_path) -> None:
    """As `host show` writes it; a click on the row that has the cursor opens it too."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        await ui.press("enter")
        check("host-80x24", await ui.until("url: ssh://", "Close (Esc)"))
        await ui.press("escape")
        text = await ui.until("LOST OR NOTES", gone=("Close (Esc)",))
        row = next(n for n, line in enumerate(text.splitlines()) if line.startswith("▌"))
        await ui.pilot.click(offset=(6, row))
        await ui.until("url: ssh://")
        await ui.pilot.click("#close")
        await ui.until("LOST OR NOTES", gone=("url: ssh://",))
        daemon.over.set()


async def test_the_way_to_a_host_is_looked_at(daemon, tmp_path) -> None:
    """As `host check` writes it, with how to mend what is wrong."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        await ui.press("c")
        check("check-80x24", await ui.until("ssh-host-key", "hint:", gone=("looking at",)))
        daemon.over.set()


async def test_a_check_that_is_refused_says_why(daemon, tmp_path) -> None:
    """As a toast; the table stays."""
    daemon.on("POST /v1/hosts/edge/check", stub.Refuse("host-not-found", "There is no edge."))
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_hosts(ui)
        await ui.press("c")
        await ui.until("✗ there is no edge", "LOST OR NOTES")
        daemon.over.set()


async def test_a_host_that_is_lost_or_found_changes_by_itself(real) -> None:
    """As soon as the daemon tells of it; sorted by state the lost ones come first."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("H")
        await ui.until("away", "✗ 1 unreachable", "no route")
        await ui.press("o")
        text = await ui.until("STATE▲")
        assert text.index("✗ unreachable ") < text.index("✓ reachable")
        views = real.daemon.inventory.views
        views["away"] = replace(views["away"], reachable=True, error=None)
        tell_of_host(real, "found")
        await ui.until("2/2 hosts up", "✓ reachable", gone=("✗ unreachable",))


def test_the_row_of_a_lost_host_says_why_and_not_what_it_says_already() -> None:
    """Neither its name nor its address again: in 80 columns the reason would be cut off."""
    host = samples.HOSTS[1]
    error = f"cannot reach the Docker Engine of `edge` at {host.url}: there is no such socket"
    lost = msgspec.structs.replace(host, error=error)
    never = msgspec.structs.replace(lost, seen_at=None)

    cells = [row.cells[5].text for row in rows.rows((lost, never, host), MOMENT)]
    assert cells == [
        "3 h ago: there is no such socket",
        "never seen: there is no such socket",
        "3 h ago: connection refused",
    ]
    assert rows.why(lost) == "there is no such socket"
