"""Whether a container finished or was stopped is read from the engine's events."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dockschedd.core.endings import Judge
from dockschedd.core.model import Ended

AT = datetime(2026, 1, 1, tzinfo=UTC)


def last(*events: tuple[str, int | None] | str):
    """The last verdict on one container after those events; "" where there was none."""
    judge = Judge()
    verdict: Ended | str | None = ""
    for event in events:
        action, code = event if isinstance(event, tuple) else (event, None)
        seen = judge.see(action, container_id="c", at=AT, exit_code=code)
        if seen is not None:
            verdict = seen.ended
    return verdict


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((("die", 0),), Ended.FINISHED),
        (("kill", ("die", 0), "stop"), Ended.STOPPED),
        (("kill", ("die", 0)), Ended.STOPPED),
        ((("die", 0), "stop"), Ended.STOPPED),
        ((("die", 1),), ""),
        (("kill", ("die", 137), "stop"), ""),
        ((("die", 0), "start"), None),
        (("kill", ("die", 0), "stop", "start", ("die", 0)), Ended.FINISHED),
        ((("die", 3), "start", "kill", ("die", 0), "stop"), Ended.STOPPED),
        ((("die", 0), "destroy"), None),
        (("exec_start", "health_status: healthy", "pause"), ""),
    ],
)
def test_a_kill_before_the_end_or_a_stop_after_it_means_stopped(events, expected):
    """`docker stop` sends kill, die, stop; a process that ends by itself sends die alone."""
    assert last(*events) == expected


def test_containers_are_told_apart():
    """A kill of one container says nothing about another."""
    judge = Judge()
    judge.see("kill", container_id="a", at=AT, exit_code=None)
    verdict = judge.see("die", container_id="b", at=AT, exit_code=0)

    assert verdict is not None
    assert (verdict.container_id, verdict.ended) == ("b", Ended.FINISHED)
