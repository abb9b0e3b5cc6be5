"""`status`: what somebody looks at in the morning, on a screen of 80 x 24."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from dockschedctl.output import overview
from dockschedctl.output.tables import View
from dockschedd.wire import stacks
from tests.ctl import samples

HOST = samples.HOSTS[0]
SCREEN = View(now=samples.NOW, width=80)
QUIET = msgspec.structs.replace(
    samples.STATUS,
    attention=(),
    running=(),
    troubled=(),
    holds=(),
    frozen=None,
    hosts=(HOST,),
    upcoming=samples.SCHEDULES[:1] * 10,
)


def lines(status=QUIET, view: View = SCREEN, **changes: object) -> list[str]:
    """The screen, with some of the status changed."""
    changed = msgspec.structs.replace(status, **changes)
    return list(overview.status_text(changed, view, server="unix:///run/d.sock"))


def away(number: int) -> stacks.Host:
    return msgspec.structs.replace(
        HOST, name=f"h{number}", reachable=False, error="timed out", seen_at=samples.NOW
    )


def test_a_quiet_morning_fits_on_one_screen() -> None:
    """It says so in words; what is next is there, and no more of it than a few."""
    shown = lines()

    assert "nothing needs attention" in shown
    assert len(shown) <= 24
    assert sum("morning" in line for line in shown) == 5
    assert all(len(line) <= 80 for line in shown)


def test_what_people_do_leaves_room_for_the_rest() -> None:
    """A hold and a run that goes on are no trouble, and the screen is still one screen."""
    shown = lines(holds=(samples.HOLD,), running=(samples.RUNNING,))

    assert "nothing needs attention" in shown
    assert len(shown) <= 24


def test_what_is_wrong_comes_before_what_goes_on() -> None:
    """What is to be looked at first stands first."""
    shown = lines(
        troubled=(samples.FAILED,),
        holds=(samples.HOLD,),
        attention=samples.STATUS.attention,
        running=(samples.RUNNING,),
        frozen=samples.FREEZE,
    )

    assert "nothing needs attention" not in shown
    assert [line for line in shown if line.endswith(":") and not line.startswith(" ")] == [
        "schedules are frozen:",
        "needs attention:",
        "went wrong:",
        "held:",
        "running:",
        "next:",
    ]


def test_many_hosts_are_counted_and_those_that_are_away_are_named() -> None:
    """A hundred hosts are one line while all are there."""
    here = tuple(msgspec.structs.replace(HOST, name=f"x{n}") for n in range(100))

    assert "hosts: 100 reachable" in lines(hosts=here)
    some = lines(hosts=(*here, away(1), away(2)))
    assert "hosts: 100 reachable, 2 unreachable" in some
    assert sum(line.startswith("host h") for line in some) == 2
    lost = lines(hosts=tuple(map(away, range(30))))
    assert sum(line.startswith("host h") for line in lost) == 10
    assert "and 20 more hosts: see `dockschedctl host ls`" in lost
    wide = lines(hosts=here, view=View(now=samples.NOW, wide=True))
    assert sum(line.startswith("host x") for line in wide) == 100


def test_what_is_too_much_for_a_screen_names_the_command_that_has_it() -> None:
    """Ten of each, then how many more there are; all of them when wide."""
    many = samples.STATUS.attention * 40

    assert "  and 30 more: see `dockschedctl stack ls`" in lines(attention=many)
    assert not any(
        "more: see" in line
        for line in lines(attention=many, view=View(now=samples.NOW, wide=True))
    )


@pytest.mark.parametrize(("days", "shown"), [(2, True), (4, False)])
def test_what_went_wrong_long_ago_is_history(days: int, shown: bool) -> None:
    """After a weekend it is still there; a week later it is in `run ls --failed`."""
    when = samples.NOW - timedelta(days=days)
    old = msgspec.structs.replace(samples.FAILED, started_at=when, finished_at=when)

    assert ("went wrong:" in lines(troubled=(old,))) is shown
    assert ("nothing needs attention" in lines(troubled=(old,))) is not shown
    assert "went wrong:" in lines(troubled=(old,), view=View(now=samples.NOW, wide=True))


@pytest.mark.parametrize("width", [80, 60])
def test_long_names_are_told_apart_and_lines_fit(width: int) -> None:
    """Names often begin alike: what is cut off is their middle."""
    name = "production-eu-central-1/customer-facing-web-application-frontend-blue"
    shown = lines(
        samples.STATUS,
        View(now=samples.NOW, width=width),
        attention=(samples.stack(name), samples.stack(name.replace("blue", "green"))),
        troubled=(msgspec.structs.replace(samples.FAILED, stack=name),),
    )

    tables = [line for line in shown if line.startswith("  ")]
    assert all(len(line) <= width for line in tables)
    assert sum("blue " in line for line in tables) == 2
    assert sum("green " in line for line in tables) == 1
