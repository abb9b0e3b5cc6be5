"""What is not as it should be with a stack, in the few columns that a terminal has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedctl.output import stacks, tables
from tests.ctl import samples

VIEW = tables.View(now=samples.NOW, width=80)
DRIFT = "schedule `office` wants it awake until 18:00 on 25 November 2026, Europe/Berlin"


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"health": "healthy"}, "healthy"),
        ({"health": "none"}, "none"),
        ({"health": "none", "drift": DRIFT}, "drift"),
        ({"health": "healthy", "drift": DRIFT}, "healthy,drift"),
        ({"health": "unhealthy", "flags": ("unhealthy",)}, "unhealthy"),
        ({"health": "unhealthy", "flags": ("unhealthy", "exited")}, "unhealthy,exited"),
        ({"health": "none", "flags": ("restarting",), "drift": DRIFT}, "restarting,drift"),
    ],
)
def test_the_health_of_a_stack_has_all_that_is_wrong_in_words(changes, cell) -> None:
    """Each word once, and no blank between them: `awk` counts columns by blanks."""
    assert stacks.health(samples.stack(**changes), VIEW) == cell


def test_everything_that_can_be_wrong_fits_in_80_columns() -> None:
    """Columns give way to it rather than the line to the terminal."""
    row = samples.stack(
        "a-rather-long-host-name/and-a-rather-long-name-of-a-stack",
        health="unhealthy",
        flags=("unhealthy", "restarting", "exited", "dead"),
        drift=DRIFT,
    )
    lines = tables.render(stacks.STACKS, [row], VIEW)

    assert max(map(tables.width, lines)) <= 80


def test_an_unknown_stack_says_what_it_was_and_how_long_ago() -> None:
    """In the list as one word, which is coloured as the first; in full for one stack."""
    seen = samples.NOW - timedelta(minutes=5)
    row = samples.stack(status="unknown", last_status="stopped", seen_at=seen)
    shown = samples.whole_stack(status="unknown", last_status="stopped", seen_at=seen)
    view = tables.View(now=samples.NOW, colour=True)

    assert stacks.state(row, VIEW) == "unknown(stopped,5min)"
    assert view.word(stacks.state(row, VIEW)) == "\x1b[33munknown(stopped,5min)\x1b[0m"
    assert any(
        "last seen: " in line and line.endswith("stopped then")
        for line in stacks.stack_text(shown, VIEW)
    )


def test_drift_is_coloured_as_a_warning_and_not_as_health() -> None:
    """The last word counts: a stack that is healthy and drifts is not green."""
    view = tables.View(now=samples.NOW, colour=True)

    assert view.word("healthy,drift") == "\x1b[33mhealthy,drift\x1b[0m"
    assert view.word("healthy") == "\x1b[32mhealthy\x1b[0m"


def test_the_notes_begin_with_what_is_wanted() -> None:
    """In the wide table and in what wants attention."""
    row = samples.stack(drift=DRIFT, notes=("web-1 is restarting",))

    assert stacks.notes(row, VIEW) == f"{DRIFT}; web-1 is restarting"
