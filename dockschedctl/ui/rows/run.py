"""One run in words: what it is and why, when, how it ended, and what went wrong, in full. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.output import hints
from dockschedctl.output import runs as texts
from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, said
from dockschedctl.wording import count, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import runs

    Line: TypeAlias = tuple[Cell, ...]

#: What has ended so is left open: it can be resumed.
LEFT_OPEN: Final = frozenset({"partial", "failed", "cancelled", "interrupted"})
#: A run that begins within this many seconds is not late.
_PROMPT: Final = 1.0
#: How steps end that are told below the table.
_TROUBLE: Final = ("failed", "interrupted")
_KINDS: Final = {
    "schedule": "a schedule",
    "manual": "by hand",
    "catch-up": "a schedule, caught up",
    "window-edge": "the edge of a window",
    "enforcement": "a window that is enforced",
    "hold-expiry": "the end of a hold",
    "requirement": "a requirement",
}


def is_over(run: runs.Run) -> bool:
    """Return whether nothing changes any more."""
    return run.status in texts.OVER


def is_left_open(run: runs.Run) -> bool:
    """Return whether the daemon may let it be resumed: nothing has taken its place."""
    return run.status in LEFT_OPEN and run.superseded_by is None


def no_steps(run: runs.Run) -> str:
    """Return why there are no steps."""
    if run.started_at is None:
        return "it never began" if is_over(run) else "it has not begun"
    return "there was nothing to do" if run.status == "succeeded" else "reading"


def about(run: runs.Run, moment: Moment) -> tuple[Line, ...]:
    """Return what is said above the timeline."""
    return tuple(_about(run, moment))


def _about(run: runs.Run, moment: Moment) -> Iterator[Line]:
    attempt = f"  attempt {run.attempt}" if run.attempt > 1 else ""
    yield (
        said(f"{run.action} {run.stack}", "head"),
        Cell("  "),
        symbols.of_run(run.status),
        Cell(_took(run, moment)),
        Cell(_done(run)),
        Cell(attempt),
        Cell(f"  run {texts.short(run.id)}", "dim"),
    )
    kind = _KINDS.get(run.cause_kind, run.cause_kind)
    yield (Cell("cause: ", "dim"), said(run.cause), Cell(f" ({kind})", "dim"))
    by = f"   schedule: {run.schedule}" if run.schedule else ""
    yield (Cell("by: ", "dim"), said(f"{run.actor}{by}"))
    yield (Cell("  ".join(_times(run, moment))),)
    if run.after:
        yield (Cell("after: ", "dim"), Cell(f"run {', '.join(map(texts.short, run.after))}"))
    if run.superseded_by:
        word = "continued by" if run.status == "interrupted" else "superseded by"
        yield (Cell(f"{word}: ", "dim"), Cell(f"run {texts.short(run.superseded_by)}"))
    for line in run.warnings:
        yield (said(f"! {line}", "warn"),)


def _took(run: runs.Run, moment: Moment) -> str:
    duration = texts.elapsed(run, moment.now)
    if duration is None:
        return ""
    return f" {'in' if is_over(run) else 'for'} {durations.text(duration)}"


def _done(run: runs.Run) -> str:
    """Return how many of its steps are over: `  2 of 5 steps`."""
    if not run.steps:
        return ""
    done = sum(step.status == "succeeded" for step in run.steps)
    return f"  {done} of {count(len(run.steps), 'step')}"


def _times(run: runs.Run, moment: Moment) -> Iterator[str]:
    yield f"planned {moment.exact(run.planned_at)}"
    if run.started_at is not None:
        lag = (run.started_at - (run.start_at or run.planned_at)).total_seconds()
        late = f" ({durations.text(lag)} late)" if lag >= _PROMPT else ""
        yield f"started {moment.exact(run.started_at)}{late}"
    elif not is_over(run):
        if run.start_at is not None and run.start_at > run.planned_at:
            yield f"begins {moment.exact(run.start_at)}"
        if run.deadline_at is not None:
            yield f"at the latest {moment.exact(run.deadline_at)}"
    if run.finished_at is not None:
        yield f"ended {moment.exact(run.finished_at)}"


def trouble(run: runs.Run) -> tuple[Line, ...]:
    """Return what went wrong, each error in full with what helps; () where nothing did."""
    return tuple(_trouble(run))


def first_bad(run: runs.Run) -> str:
    """Return the key of the first step that went wrong; "" where none did."""
    bad = (str(step.position) for step in run.steps if step.status in _TROUBLE)
    return next(bad, "")


def _trouble(run: runs.Run) -> Iterator[Line]:
    bad = [step for step in run.steps if step.status in _TROUBLE]
    if run.error and not bad:
        yield (said(f"{_symbol(run.status)} {sentence(run.error)}", "bad"),)
    for step in bad:
        code = f" ({step.error_code})" if step.error_code else ""
        yield (
            said(f"{_symbol(step.status)} {texts.what(step)} {step.container} ", "bad"),
            Cell(f"{step.status}{code}", "bad"),
        )
        if step.error:
            yield (said(f"  {step.error}"),)
        hint = hints.of_step(step, run.stack)
        if hint is not None:
            yield (Cell("  hint: ", "dim"), said(hint))
    yield from _never_begun(run)


def _never_begun(run: runs.Run) -> Iterator[Line]:
    """Yield why steps never began, those of one reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for step in run.steps:
        if step.status in ("skipped", "cancelled"):
            reasons.setdefault((step.status, step.error or ""), []).append(step.container)
    for (status, why), names in reasons.items():
        tail = f": {sentence(why)}" if why else ""
        who = ", ".join(dict.fromkeys(names))
        yield (Cell(f"{_symbol(status)} {status} ", "warn"), said(f"{who}{tail}"))


def _symbol(status: str) -> str:
    return symbols.of_run(status).text.partition(" ")[0]


def left(run: runs.Run) -> tuple[Line, ...]:
    """Return what is left of a run that did not succeed, and what of it is done."""
    return tuple(_left(run))


def _left(run: runs.Run) -> Iterator[Line]:
    done = sum(step.status == "succeeded" for step in run.steps)
    yield (Cell(f"done: {done} of {count(len(run.steps), 'step')}"),)
    for step in run.steps:
        if step.status != "succeeded":
            yield (said(f"left: {texts.what(step)} {step.container} ({step.status})"),)
