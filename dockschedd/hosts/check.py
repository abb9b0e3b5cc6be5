"""What is wrong with the way to an engine: looked at step by step, to the first that fails.

Everything is made anew for it: it tells nothing of the connections that calls use, and changes
nothing over there.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from dockschedd.core.checks import Finding, Outcome, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from dockschedd.core import fleet
    from dockschedd.hosts import lanes


async def check(
    endpoint: fleet.Endpoint,
    *,
    host: str,
    now: Callable[[], datetime],
    limit: timedelta,
    lane: lanes.Lane,
    others: Mapping[str, str],
) -> tuple[Finding, ...]:
    """Return what each step has found, the last one failed where something does not work.

    `limit`: of the whole. `lane`: where those of one host take turns. `others`: engine id →
    name, of the other hosts.
    """
    found: list[Finding] = []
    doing = Step.FILES
    seconds = limit.total_seconds()

    def look() -> None:
        nonlocal doing
        from dockschedd.hosts import looks  # noqa: PLC0415 - on first use: the docker SDK

        steps = looks.at(endpoint, host=host, limit=seconds / 2, now=now, others=others)
        with closing(steps):
            for each in steps:
                if isinstance(each, Step):
                    doing = each
                    continue
                found.append(each)
                if each.outcome is Outcome.FAILED:
                    return

    try:
        await lane.run(look, limit=seconds)
    except TimeoutError:
        slow = Finding(
            step=doing,
            outcome=Outcome.FAILED,
            message=f"no answer within {seconds:g} s",
            hint="does something in between drop packets, or does the engine hang?",
        )
        return (*found, slow)
    return tuple(found)
