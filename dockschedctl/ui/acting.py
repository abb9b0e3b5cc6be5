"""From a key to a run: the plan is asked for and shown, and carried out once it is agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedctl.failures import ApiProblem, Failure
from dockschedctl.output import runs as texts
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.wording import count, printable
from dockschedd.wire.runs import Options, PlanRequest, RunRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedctl.ui.app import Ui
    from dockschedd.wire import runs
    from dockschedd.wire.holds import HoldNew
    from dockschedd.wire.stacks import StackSummary

_WITH_DEPENDENTS = ("stop", "pause")


async def act(ui: Ui, action: str, names: Sequence[str]) -> bool:
    """Show what the action would do to the stacks, and do it if the person agrees."""
    request = PlanRequest(action=action, selectors=tuple(names))
    try:
        plans = await _plans(ui, request)
        if plans is None:
            return False
        return await _agreed(ui, request, plans)
    except ApiProblem as problem:
        if problem.code != "dependents-up" or action not in _WITH_DEPENDENTS:
            ui.tell_failure(problem)
            return False
        return await _with_dependents(ui, request, problem)
    except Failure as failure:
        ui.tell_failure(failure)
        return False


async def _with_dependents(ui: Ui, request: PlanRequest, problem: ApiProblem) -> bool:
    """Show what would be done to the stacks that need these too."""
    wider = msgspec.structs.replace(request, options=Options(dependents="stop"))
    try:
        plans = await _plans(ui, wider)
        return plans is not None and await _agreed(ui, wider, plans, note=problem.message)
    except Failure as failure:
        ui.tell_failure(failure)
        return False


async def _plans(ui: Ui, request: PlanRequest) -> tuple[runs.Plan, ...] | None:
    answer = await ui.link.ask(lambda client: client.plan(request))
    return answer.items


async def _agreed(
    ui: Ui, request: PlanRequest, plans: Sequence[runs.Plan], *, note: str = ""
) -> bool:
    work = any(plan.steps for plan in plans)
    title = f"{request.action} {_named([plan.stack for plan in plans])}"
    question = Confirm(
        title=title,
        lines=plan_lines(ui, plans),
        note=note,
        verb=request.action.capitalize() if work else "",
    )
    if not await ui.push_screen_wait(question):
        return False
    body = RunRequest(action=request.action, selectors=request.selectors, options=request.options)
    answer = await ui.link.ask(lambda client: client.act(body))
    for line in answer.notes:
        ui.tell(Notice(weight=Weight.NEWS, text=printable(line)))
    ui.tell(Notice(weight=Weight.NEWS, text=f"{title}: {count(len(answer.items), 'run')}"))
    return True


async def hold(ui: Ui, stack: StackSummary, body: HoldNew) -> bool:
    """Place the hold, after the plan of what it does at once has been agreed to."""
    action = "start" if body.wants == "up" else "stop"
    try:
        plans = await _plans(ui, PlanRequest(action=action, selectors=(stack.name,)))
        if body.act and plans and any(plan.steps for plan in plans):
            question = Confirm(
                title=f"hold {stack.name} {body.wants}",
                lines=plan_lines(ui, plans),
                note=f"it will {action} now",
                verb="Hold",
            )
            if not await ui.push_screen_wait(question):
                return False
        await ui.link.ask(lambda client: client.hold(stack.host, stack.stack, body))
    except Failure as failure:
        ui.tell_failure(failure)
        return False
    return True


async def release(ui: Ui, stack: StackSummary) -> bool:
    """Take the hold away, after what comes next has been agreed to."""
    if stack.hold is None:
        ui.tell(Notice(weight=Weight.NEWS, text=f"nobody holds {stack.name}"))
        return False
    moment = ui.moment()
    coming = "no schedule acts on it"
    if stack.next_at is not None:
        by = f" by {stack.next_schedule}" if stack.next_schedule else ""
        coming = f"next: {stack.next_action} {moment.ahead(stack.next_at)}{by}"
    lines = (printable(stack.hold.reads), "schedules will act on it again", coming)
    question = Confirm(title=f"release {stack.name}", lines=lines, verb="Release")
    if not await ui.push_screen_wait(question):
        return False
    try:
        await ui.link.ask(lambda client: client.release(stack.host, stack.stack))
    except Failure as failure:
        ui.tell_failure(failure)
        return False
    return True


def plan_lines(ui: Ui, plans: Sequence[runs.Plan]) -> tuple[str, ...]:
    """Return the plans as the command line writes them, in the order of their execution."""
    view = ui.moment().view(ui.room_in_window())
    lines: list[str] = []
    for position, plan in enumerate(plans):
        if position:
            lines.append("")
        lines += texts.plan_text(plan, view)
    return tuple(lines)


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else count(len(names), "stack")
