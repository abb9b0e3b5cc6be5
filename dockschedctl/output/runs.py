"""Runs, steps and plans as people read them: tables, lines of progress, verdicts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl import durations
from dockschedctl.output import foresight, hints, tables
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import count, printable, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from dockschedctl.output.tables import View
    from dockschedd.wire import runs

#: From here on nothing changes any more.
OVER: Final = frozenset(
    {"succeeded", "partial", "failed", "cancelled", "skipped", "missed", "superseded",
     "interrupted"}
)  # fmt: skip
GOOD: Final = frozenset({"succeeded", "skipped"})
#: Steps that call nothing.
WAITS: Final = frozenset({"wait-healthy", "wait-completed"})

#: verb → (while it goes on, when it is done)
_WORDS: Final = {
    "start": ("starting", "started"),
    "stop": ("stopping", "stopped"),
    "restart": ("restarting", "restarted"),
    "pause": ("pausing", "paused"),
    "unpause": ("unpausing", "unpaused"),
}


def doing(verb: str) -> str:
    """Return what a container is in while a step goes on: `stopping`."""
    return "waiting" if verb in WAITS else _WORDS.get(verb, (verb, ""))[0]


def short(run_id: str) -> str:
    """Return the part of a run's id that people type: its last 8 characters."""
    return run_id[-8:]


def elapsed(run: runs.Run | runs.Step, now: datetime) -> float | None:
    """Return for how many seconds it ran, or has been running; None before it began."""
    if run.started_at is None:
        return None
    return max(0.0, ((run.finished_at or now) - run.started_at).total_seconds())


def _took(run: runs.Run | runs.Step, view: View) -> str:
    duration = elapsed(run, view.now)
    return "" if duration is None else durations.text(duration)


def containers(run: runs.Run) -> int:
    """Return how many containers the action itself was carried out on."""
    return len(
        {s.container_id for s in run.steps if s.verb not in WAITS and s.status == "succeeded"}
    )


RUNS: Table[runs.Run] = Table(
    columns=(
        Column(head="RUN", cell=lambda r, view: r.id if view.wide else short(r.id)),
        Column(head="STACK", cell=lambda r, _: r.stack, elastic=True, named=True),
        Column(head="ACTION", cell=lambda r, _: r.action),
        Column(head="STATUS", cell=lambda r, _: r.status, coloured=True),
        Column(head="WHEN", cell=lambda r, view: view.time(r.started_at or r.planned_at)),
        Column(head="TOOK", cell=_took, right=True),
        Column(head="BY", cell=lambda r, _: r.schedule or r.actor, elastic=True),
        Column(head="CAUSE", cell=lambda r, _: r.cause, wide=True, elastic=True),
        Column(head="ERROR", cell=lambda r, _: r.error or "", wide=True, elastic=True),
    ),
    name=lambda r: r.id,
    empty="there are no runs",
)


def what(step: runs.Step) -> str:
    """Return what a step does, as people say it: `stop`, `wait until healthy`."""
    match step.verb:
        case "wait-healthy":
            return "wait until healthy"
        case "wait-completed":
            return "wait until completed"
        case verb:
            return verb


STEPS: Table[runs.Step] = Table(
    columns=(
        Column(head="STEP", cell=lambda s, _: str(s.position), right=True),
        Column(head="CONTAINER", cell=lambda s, _: s.container, elastic=True, named=True),
        Column(head="ACTION", cell=lambda s, _: what(s)),
        Column(head="STATUS", cell=lambda s, _: s.status, coloured=True),
        Column(head="TOOK", cell=_took, right=True),
        Column(head="ERROR", cell=lambda s, _: s.error or "", elastic=True),
        Column(head="CAUSE", cell=lambda s, _: s.cause, wide=True, elastic=True),
    ),
    name=lambda s: str(s.position),
    empty="there are no steps",
)

FAILURES: Table[runs.Step] = Table(
    columns=(
        Column(head="CONTAINER", cell=lambda s, _: s.container),
        Column(head="ACTION", cell=lambda s, _: what(s)),
        Column(head="STATUS", cell=lambda s, _: s.status),
        Column(head="TOOK", cell=_took, right=True),
        Column(head="ERROR", cell=lambda s, _: s.error or s.cause),
    ),
    name=lambda s: s.container,
    empty="",
)

_PLANNED: Table[runs.Step] = Table(
    columns=(
        Column(head="STEP", cell=lambda s, _: str(s.position), right=True),
        Column(head="ACTION", cell=lambda s, _: what(s)),
        Column(head="CONTAINER", cell=lambda s, _: s.container, elastic=True, named=True),
        Column(head="AFTER", cell=lambda s, _: ",".join(map(str, s.after))),
        Column(head="CAUSE", cell=lambda s, _: s.cause, elastic=True),
    ),
    name=lambda s: str(s.position),
    empty="",
)


def run_text(run: runs.Run, view: View) -> Iterator[str]:
    """Yield one run with its steps."""
    yield f"{run.action} {run.stack}: {view.word(run.status)}"
    yield f"  run: {run.id}" + (f" (attempt {run.attempt})" if run.attempt > 1 else "")
    yield f"  cause: {printable(run.cause)}"
    yield f"  by: {run.actor}" + (f", schedule {run.schedule}" if run.schedule else "")
    yield f"  planned: {view.time(run.planned_at)}"
    if run.after:
        others = ", ".join(each if view.wide else short(each) for each in run.after)
        yield f"  after: {others}"
    if run.started_at is not None:
        yield f"  started: {view.time(run.started_at)}"
    if run.finished_at is not None:
        took = f", took {_took(run, view)}" if run.started_at is not None else ""
        yield f"  finished: {view.time(run.finished_at)}{took}"
    if run.error:
        yield f"  error: {printable(run.error)}"
    yield from (f"  warning: {printable(line)}" for line in run.warnings)
    if run.superseded_by:
        word = "continued" if run.status == "interrupted" else "superseded"
        yield f"  {word} by: {run.superseded_by}"
    if run.steps:
        yield ""
        yield from tables.render(STEPS, run.steps, view)
    helps = dict.fromkeys(hints.of_step(step, run.stack) for step in run.steps)
    for hint in filter(None, helps):
        yield ""
        yield from tables.folded(f"hint: {hint}", view, indent=tables.GAP)


def plan_text(plan: runs.Plan, view: View) -> Iterator[str]:
    """Yield what an action would do to one stack."""
    if plan.steps:
        steps = count(len(plan.steps), "step")
        yield f"{plan.action} {plan.stack}: {steps}, nothing has been done"
    else:
        yield f"{plan.action} {plan.stack}: nothing to do"
    if plan.cause:
        yield f"  cause: {printable(plan.cause)}"
    if plan.after:
        yield f"  after: {', '.join(plan.after)}"
    yield from foresight.prospects(plan, view)
    yield from (f"  warning: {printable(line)}" for line in plan.warnings)
    if plan.steps:
        yield from tables.indented(_PLANNED, plan.steps, view)
    yield from (f"  left alone: {printable(line)}" for line in plan.leaves)


# ---------------------------------------------------------------- progress


def changes(before: runs.Run | None, after: runs.Run, now: datetime) -> list[str]:
    """Return one line for each step that has got further, in the order of the steps."""
    known = {s.position: s.status for s in before.steps} if before is not None else {}
    return [
        f"{after.stack}: {line}"
        for step in after.steps
        if step.status != known.get(step.position, "planned")
        and (line := progress(step, now)) is not None
    ]


_PHRASES: Final = {
    ("running", "wait-healthy"): "waiting until {name} is healthy",
    ("running", "wait-completed"): "waiting until {name} has completed",
    ("succeeded", "wait-healthy"): "{name} is healthy{after}",
    ("succeeded", "wait-completed"): "{name} has completed{after}",
    **{("running", verb): f"{words[0]} {{name}}" for verb, words in _WORDS.items()},
    **{("succeeded", verb): f"{words[1]} {{name}}{{took}}" for verb, words in _WORDS.items()},
}


def progress(step: runs.Step, now: datetime) -> str | None:
    """Return what a step is at, as a phrase; None before it began."""
    if step.status == "planned":
        return None
    name = printable(step.container)
    took, after = _durations(step, now)
    phrase = _PHRASES.get((step.status, step.verb))
    if phrase is not None:
        return phrase.format(name=name, took=took, after=after)
    why = f": {sentence(printable(step.error))}" if step.error else ""
    if step.status == "failed":
        return f"{what(step)} {name} failed{after}{why}"
    return f"{what(step)} {name}: {step.status}{why}"


def _durations(of: runs.Run | runs.Step, now: datetime) -> tuple[str, str]:
    """Return ` in 1.3s` and ` after 1.3s`; nothing before it began."""
    duration = elapsed(of, now)
    if duration is None:
        return "", ""
    text = durations.text(duration)
    return f" in {text}", f" after {text}"


def verdict(run: runs.Run, now: datetime) -> str:
    """Return how a run ended: `stopped local/web in 1.3s (3 containers)`."""
    took, after = _durations(run, now)
    done = _WORDS.get(run.action, ("", run.action))[1]
    why = printable(run.error or run.cause)
    match run.status:
        case "succeeded" if touched := containers(run):
            return f"{done} {run.stack}{took} ({count(touched, 'container')})"
        case "succeeded":
            return f"{run.action} {run.stack}: nothing to do"
        case "partial" | "failed":
            all_ = len({s.container_id for s in run.steps})
            bad = len({s.container_id for s in run.steps if s.status != "succeeded"})
            some = f" on {bad} of {count(all_, 'container')}" if all_ else ""
            word = "failed" if run.status == "failed" else "partly failed"
            # With steps the reasons are in the table below.
            reason = f": {sentence(why)}" if run.error and not all_ else ""
            return f"{run.action} of {run.stack} {word}{after}{some}{reason}"
        case "cancelled" | "interrupted":
            return f"{run.action} of {run.stack} was {run.status}{after}: {sentence(why)}"
        case status:
            return f"{run.action} of {run.stack} was {status}: {sentence(why)}"


def trouble(run: runs.Run, view: View) -> list[str]:
    """Return the table of what did not succeed in a run; empty where there are no steps."""
    bad = [s for s in run.steps if s.status not in ("succeeded", "planned")]
    return tables.render(FAILURES, bad, view) if bad else []


_LIVE: Table[runs.Step] = Table(
    columns=(
        Column(head="CONTAINER", cell=lambda s, _: s.container, elastic=True, named=True),
        Column(head="ACTION", cell=lambda s, _: what(s)),
        Column(head="STATUS", cell=lambda s, _: s.status, coloured=True),
        Column(head="TOOK", cell=_took, right=True),
        Column(head="ERROR", cell=lambda s, _: s.error or "", elastic=True),
    ),
    name=lambda s: s.container,
    empty="",
    blank="",
)


def picture(items: Sequence[runs.Run], view: View) -> list[str]:
    """Return the screen that is shown while runs are waited for: those that are not over last."""
    lines = []
    for run in sorted(items, key=lambda r: r.status not in OVER):
        took = _took(run, view)
        lines.append(f"{run.action} {run.stack}: {view.word(run.status)} {took}".rstrip())
        if run.status not in OVER:
            lines += [
                f"{tables.GAP}{line}" for line in tables.render(_LIVE, run.steps, view, head=False)
            ]
    return lines
