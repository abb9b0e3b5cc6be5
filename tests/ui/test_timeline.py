"""The steps of a run on its time axis, and what is said of a run above and below it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.ui import cells
from dockschedctl.ui.rows import run as said
from dockschedctl.ui.rows import timeline
from dockschedctl.ui.rows.moments import Moment
from tests.ctl import samples

MOMENT = Moment(now=samples.NOW, zone=ZoneInfo("Europe/Berlin"))
BAR = 3
ENDED = ("succeeded", "failed", "interrupted", "cancelled")


@st.composite
def over(draw):
    """A run that is over, and its steps within it."""
    length = draw(st.floats(0, 10_000))
    steps = []
    for position in range(1, draw(st.integers(1, 6)) + 1):
        begin = draw(st.floats(0, length))
        end = draw(st.floats(begin, length))
        steps.append(
            samples.step(
                position,
                f"web-{position}-1",
                verb=draw(st.sampled_from(["stop", "start", "wait-healthy"])),
                status=draw(st.sampled_from(ENDED)),
                started_at=samples.at(seconds=length - begin),
                finished_at=samples.at(seconds=length - end),
            )
        )
    return samples.run(
        status="partial",
        started_at=samples.at(seconds=length),
        finished_at=samples.NOW,
        steps=tuple(steps),
    )


def begin_and_end(row: cells.Row) -> tuple[int, int]:
    text = row.cells[BAR].text
    return len(text) - len(text.lstrip()), len(text)


@given(over(), st.integers(40, 200))
def test_every_step_that_began_has_a_bar_within_the_axis(run, room) -> None:
    """However short it was: it begins where the step began, and fits into the line."""
    found = timeline.timeline(run, MOMENT, room)

    sizes = cells.widths(found.columns, found.rows, room)
    for row in found.rows:
        begin, end = begin_and_end(row)
        assert 0 <= begin < end <= sizes[BAR]
    by_begin = sorted(zip(run.steps, found.rows, strict=True), key=lambda p: p[0].started_at)
    begins = [begin_and_end(row)[0] for _, row in by_begin]
    assert begins == sorted(begins)


@given(over(), st.integers(70, 200))
def test_lines_of_a_timeline_fit_where_there_is_room(run, room) -> None:
    """Bars take exactly what other columns leave."""
    found = timeline.timeline(run, MOMENT, room)

    sizes = cells.widths(found.columns, found.rows, room)
    assert sum(sizes) + cells.GAP * (len(sizes) - 1) <= room


@given(st.floats(0, 100_000), st.floats(0, 10))
def test_the_axis_of_a_run_that_goes_on_is_never_shorter_than_the_run(elapsed, more) -> None:
    """And it does not shrink: bars grow until it leaps."""
    run = samples.run(status="running", started_at=samples.at(seconds=elapsed))
    now = samples.at(seconds=-more)

    first, then = timeline.axis(run, samples.NOW), timeline.axis(run, now)
    assert elapsed - 0.001 <= first.seconds <= then.seconds


def cell(run, position: int) -> str:
    return timeline.timeline(run, MOMENT, 77).rows[position].cells[BAR].text


def test_a_bar_says_without_colour_how_its_step_goes() -> None:
    """Calls are full, waits are not; the end says whether it is one."""
    begun = {"started_at": samples.at(seconds=10)}
    ended = {**begun, "finished_at": samples.NOW}
    run = samples.run(
        status="partial",
        **ended,
        steps=(
            samples.step(1, "a", status="succeeded", **ended),
            samples.step(2, "b", status="failed", **ended),
            samples.step(3, "c", status="succeeded", verb="wait-healthy", **ended),
            samples.step(4, "d", status="cancelled", **ended),
        ),
    )
    assert set(cell(run, 0)) == {"█"}
    assert cell(run, 1).endswith("█✗")
    assert set(cell(run, 2)) == {"░"}
    assert cell(run, 3).endswith("█■")
    going = msgspec.structs.replace(
        run,
        status="running",
        finished_at=None,
        steps=(samples.step(1, "a", status="running", **begun),),
    )
    assert cell(going, 0).endswith("█▶")


def test_a_step_that_has_not_begun_says_what_it_waits_for() -> None:
    """Only what is not done yet; one that never began says why."""
    done = {"status": "succeeded", "started_at": samples.at(seconds=9), "finished_at": samples.NOW}
    run = samples.run(
        status="running",
        started_at=samples.at(seconds=9),
        steps=(
            samples.step(1, "db", **done),
            samples.step(2, "db", verb="wait-healthy", after=(1,)),
            samples.step(3, "job", verb="wait-completed", after=()),
            samples.step(4, "app", after=(1, 2, 3)),
            samples.step(5, "web", status="skipped", after=(4,), error="app failed"),
        ),
    )
    assert cell(run, 1) == ""
    assert cell(run, 3) == "waits for db to be healthy, job to complete"
    assert cell(run, 4) == "app failed"


def lines(found) -> list[str]:
    return ["".join(cell.text for cell in line) for line in found]


def test_the_header_tells_the_cause_and_the_lag() -> None:
    """Who, which schedule, what kind of cause, and how late it began."""
    run = msgspec.structs.replace(
        samples.SUCCEEDED,
        cause="missed while the daemon was not running; caught up",
        cause_kind="catch-up",
        schedule="nightly",
        attempt=2,
        planned_at=samples.at(minutes=5),
        after=(samples.NEXT_ID,),
    )
    assert lines(said.about(run, MOMENT)) == [
        "stop local/web  ✓ succeeded in 1.3s  2 of 2 steps  attempt 2  run 000000a1",
        "cause: missed while the daemon was not running; caught up (a schedule, caught up)",
        "by: alice   schedule: nightly",
        "planned 21:55:00  started 22:00:00 (5m00s late)  ended 22:00:01",
        "after: run 000000b2",
    ]


def test_a_run_that_waits_says_until_when() -> None:
    """When it begins, and when it is too late."""
    run = samples.run(start_at=samples.at(minutes=-5), deadline_at=samples.at(hours=-1))
    assert lines(said.about(run, MOMENT))[-1] == (
        "planned 22:00:00  begins 22:05:00  at the latest 23:00:00"
    )
    assert lines(said.about(samples.INTERRUPTED, MOMENT))[-1] == "continued by: run 000000b2"


def test_errors_are_told_in_full_with_what_helps() -> None:
    """Each step that failed by itself, and those that never began by their reason."""
    skipped = {"status": "skipped", "error": "stop web-db-1 comes before it"}
    run = msgspec.structs.replace(
        samples.FAILED,
        steps=(
            *samples.FAILED.steps,
            samples.step(3, "web-x-1", **skipped),
            samples.step(4, "web-y-1", **skipped),
        ),
    )
    assert lines(said.trouble(run)) == [
        "✗ stop web-db-1 failed (host-timeout)",
        "  The engine did not answer within 12 s.",
        (
            "  hint: what the engine did with the call is not known; see whether it hangs: "
            "`systemctl status docker` on that host"
        ),
        "- skipped web-x-1, web-y-1: stop web-db-1 comes before it",
    ]
    missed = samples.run(
        status="missed", error="It could not start before its deadline.", steps=()
    )
    assert lines(said.trouble(missed)) == ["! it could not start before its deadline"]
    assert said.trouble(samples.SUCCEEDED) == ()


def test_containers_are_named_without_their_stack() -> None:
    """So that names that begin alike are told apart where there is little room."""
    run = samples.run(
        steps=(samples.step(1, "web-app-1"), samples.step(2, "web-"), samples.step(3, "other"))
    )
    found = timeline.timeline(run, MOMENT, 77)
    assert [row.cells[0].text for row in found.rows] == ["app-1", "web-", "other"]
