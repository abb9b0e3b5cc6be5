"""Wire values of looking ahead and back, beside those of samples.py."""

from __future__ import annotations

import msgspec

from dockschedd.wire import foresight, runs
from tests.ctl.samples import NEXT_ID, NOW, PLAN, RUN_ID, at

STATS = runs.Stats(
    since_at=at(days=30),
    complete=True,
    items=(
        runs.Tally(stack="local/web", action="start", runs=21, failures=1, measured=20,
                   p50_seconds=4.2, p95_seconds=11.9),
        runs.Tally(stack="local/web", action="stop", runs=3, failures=3, measured=0,
                   p50_seconds=None, p95_seconds=None),
    ),
)  # fmt: skip

PROSPECT = msgspec.structs.replace(
    PLAN,
    at=at(hours=-10),
    expected=runs.Expected(
        p50_seconds=4.2,
        p95_seconds=11.9,
        measured=20,
        worst_seconds=None,
        text="half of the runs took up to 4.2s, 95 % up to 11.9s (20 runs)",
    ),
    also_due=(runs.AlsoDue(at=at(hours=-10), schedule="morning", action="start"),),
)

_CLASH = "both act on `local/web` at 22:00 on 24 November 2026, Europe/Berlin"
CONFLICTS = foresight.Conflicts(
    from_at=NOW,
    until_at=at(days=-14),
    conflicts=(
        foresight.Conflict(
            kind="opposite",
            stack="local/web",
            witness=(
                foresight.Point(at=NOW, schedule="nightly", action="stop"),
                foresight.Point(at=NOW, schedule="wake", action="start"),
            ),
            count=14,
            text=f"{_CLASH}: `nightly` (stop) and `wake` (start)",
        ),
    ),
    notices=(
        foresight.Conflict(
            kind="moved",
            stack=None,
            witness=(foresight.Point(at=at(days=-123), schedule="backup", action="stop"),),
            count=1,
            text="`backup`: 02:30 does not exist on 28 March 2027; runs at 03:00",
        ),
    ),
    complete=True,
)
NO_CONFLICTS = msgspec.structs.replace(CONFLICTS, conflicts=(), notices=())

WHY = foresight.Why(
    stack="local/web",
    at=NOW,
    status="stopped",
    lines=(
        foresight.WhyLine(
            kind="decided",
            at=at(hours=14),
            text="start succeeded: schedule `morning`, due at 08:00 on 24 November 2026, UTC",
            run=RUN_ID,
            schedule="morning",
        ),
        foresight.WhyLine(
            kind="did-not",
            at=at(hours=2),
            text="restart of schedule `weekly` was skipped: stack `local/web` has no container",
            run=NEXT_ID,
            schedule="weekly",
        ),
        foresight.WhyLine(
            kind="outside",
            at=at(hours=1),
            text="the stack is stopped, although the last start left it running: "
            "somebody or the engine did that; dockschedd did not",
            run=None,
            schedule=None,
        ),
        foresight.WhyLine(
            kind="next",
            at=at(hours=-10),
            text="start by schedule `morning`",
            run=None,
            schedule="morning",
        ),
    ),
)
