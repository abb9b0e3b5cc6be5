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

_WITH_DEPENDENTS = ("stop", "pause")


async def act(ui: Ui, action: str, names: Sequence[str]) -> bool:
    """Show what the action would do to the stacks, and do it if the person agrees."""
    request = PlanRequest(action=action, selectors=tuple(names))
    try:
        return await _agreed(ui, request, await plans(ui, request))
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
        return await _agreed(ui, wider, await plans(ui, wider), note=problem.message)
    except Failure as failure:
        ui.tell_failure(failure)
        return False


async def plans(ui: Ui, request: PlanRequest) -> tuple[runs.Plan, ...]:
    """Return what the action would do, in the order of its execution. Raises Failure."""
    answer = await ui.link.ask(lambda client: client.plan(request))
    return answer.items


async def _agreed(
    ui: Ui, request: PlanRequest, found: Sequence[runs.Plan], *, note: str = ""
) -> bool:
    work = any(plan.steps for plan in found)
    title = f"{request.action} {named([plan.stack for plan in found])}"
    question = Confirm(
        title=title,
        lines=plan_lines(ui, found),
        note=note,
        verb=request.action.capitalize() if work else "",
    )
    if not await ui.push_screen_wait(question):
        return False
    body = RunRequest(action=request.action, selectors=request.selectors, options=request.options)
    await begin(ui, body, title=title)
    return True


async def begin(ui: Ui, body: RunRequest, *, title: str) -> None:
    """Carry out what was agreed to, and tell what became of it. Raises Failure."""
    answer = await ui.link.ask(lambda client: client.act(body))
    for line in answer.notes:
        ui.tell(Notice(weight=Weight.NEWS, text=printable(line)))
    ui.tell(Notice(weight=Weight.NEWS, text=f"{title}: {count(len(answer.items), 'run')}"))


def plan_lines(ui: Ui, plans: Sequence[runs.Plan]) -> tuple[str, ...]:
    """Return the plans as the command line writes them, in the order of their execution."""
    view = ui.moment().view(ui.room_in_window())
    lines: list[str] = []
    for position, plan in enumerate(plans):
        if position:
            lines.append("")
        lines += texts.plan_text(plan, view)
    return tuple(lines)


def named(names: Sequence[str]) -> str:
    """Return the name of one stack, or how many there are."""
    return names[0] if len(names) == 1 else count(len(names), "stack")
