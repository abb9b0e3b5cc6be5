"""Which runs are wanted, and how those that are known follow what is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.ui.rows import history
from dockschedctl.ui.rows.history import Wanted, current
from dockschedctl.ui.rows.moments import Moment
from dockschedctl.ui.rows.runs import Builder
from tests.ctl import samples
from tests.ui.test_state import NAMES, STATUSES, built

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = Moment(now=samples.NOW, zone=BERLIN)


def made(number: int, stack: str = "local/web", status: str = "failed"):
    """A run; those with higher numbers are newer."""
    return samples.run(
        id=f"01936000-0000-7000-8000-{number:012}",
        stack=stack,
        status=status,
        created_at=samples.at(minutes=1000 - number),
        steps=(),
    )


runs = st.builds(made, st.integers(0, 30), st.sampled_from(NAMES), st.sampled_from(STATUSES))
lists = st.lists(runs, max_size=12, unique_by=lambda run: run.id).map(
    lambda found: tuple(sorted(found, key=lambda run: run.id, reverse=True))
)
wishes = built(
    Wanted,
    troubled=st.booleans(),
    stack=st.sampled_from([None, *NAMES]),
    status=st.sampled_from([None, *STATUSES]),
    period=st.sampled_from(sorted(history.PERIODS)),
)


@given(lists, lists, wishes, st.booleans())
def test_what_is_shown_is_wanted_newest_first_and_each_once(read, told, wanted, more) -> None:
    """Whatever was told meanwhile; and told again, nothing changes."""
    since = wanted.since(MOMENT)
    found = current(read, told, wanted=wanted, since=since, more=more)

    ids = [run.id for run in found]
    assert ids == sorted(set(ids), reverse=True)
    assert all(wanted.means(run, since) for run in found)
    if found:
        assert current(found, told, wanted=wanted, since=since, more=more) == found
    if more and read:
        # What lies behind the last one that was read comes when it is read.
        assert not [run for run in found if run.id < read[-1].id]


def test_a_new_run_is_put_first_and_one_that_goes_on_changes_in_its_place() -> None:
    """Without anything being read."""
    read = (made(3), made(2, status="running"), made(1))
    told = (made(9, status="planned"), made(2, status="succeeded"))

    found = current(read, told, wanted=Wanted(), since=None, more=True)

    assert [(run.id[-1], run.status) for run in found] == [
        ("9", "planned"), ("3", "failed"), ("2", "succeeded"), ("1", "failed"),
    ]  # fmt: skip


def test_before_anything_was_read_what_is_known_is_shown() -> None:
    """None: nothing is known, and it is not said that there are none."""
    assert current(None, (), wanted=Wanted(), since=None, more=False) is None
    assert current(None, (made(1),), wanted=Wanted(), since=None, more=False) == (made(1),)
    assert current(None, (made(1),), wanted=Wanted(stack="x"), since=None, more=False) is None
    assert current((), (), wanted=Wanted(), since=None, more=False) == ()


@given(lists, lists, st.integers(0, 40))
def test_rows_that_are_kept_say_the_same_as_new_ones(before, after, hours) -> None:
    """Whatever became of the runs, and however late it is."""
    builder = Builder()
    builder.rows(before, MOMENT)
    later = Moment(now=samples.at(hours=-hours), zone=BERLIN)

    assert builder.rows(after, later) == Builder().rows(after, later)


@pytest.mark.parametrize(
    ("now", "period", "since"),
    [
        (datetime(2026, 11, 24, 8, 0, tzinfo=BERLIN), "night", "2026-11-23T18:00:00+01:00"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=BERLIN), "today", "2026-11-24T00:00:00+01:00"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "today", "2026-11-24T00:00:00+01:00"),
        # The clocks went back in that night, and forward in this one.
        (datetime(2026, 10, 25, 8, 0, tzinfo=BERLIN), "night", "2026-10-24T18:00:00+02:00"),
        (datetime(2026, 3, 29, 8, 0, tzinfo=BERLIN), "today", "2026-03-29T00:00:00+01:00"),
    ],
)
def test_periods_begin_by_the_clock_on_the_wall(now, period, since) -> None:
    """Last night at 18:00 of yesterday, today at midnight, in the zone of who reads it."""
    found = Wanted(period=period).since(Moment(now=now, zone=BERLIN))

    assert found.isoformat() == since


def test_seven_days_are_that_long_and_all_has_no_beginning() -> None:
    """Also without a zone, which is that of the system."""
    assert Wanted(period="week").since(MOMENT) == samples.NOW - timedelta(days=7)
    assert Wanted().since(MOMENT) is None
    bare = Wanted(period="night").since(Moment(now=samples.NOW))
    assert bare.utcoffset() is not None


def test_a_filter_is_turned_on_and_off() -> None:
    """By the run under the cursor; off whatever that is."""
    on = Wanted(troubled=True).turned("stack", "local/web")
    assert (on.stack, on.troubled) == ("local/web", True)
    assert on.turned("stack", "local/db") == Wanted(troubled=True)


def test_what_is_wanted_is_asked_of_the_daemon_and_said() -> None:
    """The same in both; the period is not a question, as pages come newest first."""
    wanted = Wanted(troubled=True, stack="local/web", schedule="nightly", status="failed",
                    period="night")  # fmt: skip
    query = wanted.query(50, "x")
    assert msgspec.to_builtins(query) == {
        "troubled": True, "stack": "local/web", "schedule": "nightly", "status": "failed",
        "limit": 50, "cursor": "x",
    }  # fmt: skip
    assert Wanted().query(50, None).troubled is msgspec.UNSET
    assert list(wanted.words(MOMENT)) == [
        "✗ failed only", "since Mon 18:00", "stack local/web", "schedule nightly", "failed only",
    ]  # fmt: skip
    assert list(Wanted().words(MOMENT)) == []
