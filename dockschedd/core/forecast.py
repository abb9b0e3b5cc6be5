"""How long a plan is expected to take: from the history, else from what it may wait for.

Never guesses: what is not known is said to be unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from dockschedd.core import instants, model

if TYPE_CHECKING:
    from dockschedd.core import plan, stats

_TENTH: Final = timedelta(milliseconds=100)
_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What is known of how long a plan takes."""

    #: Of runs that were measured; None where none was.
    p50: timedelta | None
    p95: timedelta | None
    measured: int
    #: By grace periods and waits along the longest path; None where one of them is not known.
    worst: timedelta | None
    #: The same as a sentence.
    text: str

    @property
    def longest(self) -> timedelta | None:
        """The duration to reckon with: p95, else the worst case; None: unknown."""
        return self.worst if self.p95 is None else self.p95


def expect(
    what: plan.Plan, options: model.RunOptions, *, history: stats.Tally | None
) -> Expectation:
    """Return how long the plan takes; `history` is of the same action on the same stack."""
    if not what.steps:
        return Expectation(
            p50=None, p95=None, measured=0, worst=timedelta(), text="there is nothing to do"
        )
    worst = longest_path(what, options)
    p50, p95 = (None, None) if history is None else (history.p50, history.p95)
    measured = 0 if history is None else history.measured
    return Expectation(
        p50=p50, p95=p95, measured=measured, worst=worst, text=_text(p50, p95, measured, worst)
    )


def longest_path(what: plan.Plan, options: model.RunOptions) -> timedelta | None:
    """Return the sum of grace periods and waits along the longest path of the plan.

    None where a container's own stop timeout, which only the engine knows, is part of the plan.
    What the engine does without waiting for a container counts as nothing.
    """
    ends: dict[int, timedelta] = {}
    for step in what.steps:
        takes = _at_most(step.verb, options)
        if takes is None:
            return None
        begins = max((ends[position] for position in step.after), default=timedelta())
        ends[step.position] = begins + takes
    return max(ends.values(), default=timedelta())


def _at_most(verb: model.Verb, options: model.RunOptions) -> timedelta | None:
    match verb:
        case model.Verb.STOP | model.Verb.RESTART:
            return options.stop_timeout
        case model.Verb.WAIT_HEALTHY | model.Verb.WAIT_COMPLETED:
            return options.wait_timeout
        case model.Verb.START | model.Verb.PAUSE | model.Verb.UNPAUSE:
            return timedelta()
        case _:
            assert_never(verb)


def _text(
    p50: timedelta | None, p95: timedelta | None, measured: int, worst: timedelta | None
) -> str:
    if p50 is not None and p95 is not None:
        runs = "one run" if measured == 1 else f"{measured} runs"
        return f"half of the runs took up to {_short(p50)}, 95 % up to {_short(p95)} ({runs})"
    if worst is None:
        return "unknown: there is no history, and containers have stop timeouts of their own"
    if not worst:
        return "unknown: there is no history; nothing in it has to be waited for"
    most = instants.format_duration(worst)
    return f"unknown: there is no history; grace periods and waits add up to {most} at most"


def _short(duration: timedelta) -> str:
    """Return the duration rounded up, below a minute to a tenth of a second: `4.2s`."""
    if duration < _MINUTE:
        tenths = max(-(-duration // _TENTH), 1)
        return f"{tenths / 10:g}s"
    return instants.format_duration(-(-duration // _SECOND) * _SECOND)
