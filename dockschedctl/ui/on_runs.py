"""What a person does to a run: cancel it, do what is left of it, ask why it came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.failures import Failure
from dockschedctl.output import foresight
from dockschedctl.output import runs as texts
from dockschedctl.ui import acting
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows import run as said
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.details import Details
from dockschedctl.wording import printable
from dockschedd.wire.foresight import WhyQuery
from dockschedd.wire.runs import PlanRequest

if TYPE_CHECKING:
    from dockschedctl.ui.app import Ui
    from dockschedd.wire import runs


async def cancel(ui: Ui, run: runs.Run) -> runs.Run | None:
    """Let nothing of the run begin any more, once what that means has been agreed to.

    Returns the run as it is then; None where nothing was done.
    """
    going = [step for step in run.steps if step.status == "running"]
    waiting = [step for step in run.steps if step.status == "planned"]
    lines = [
        *(f"is finished: {texts.what(step)} {printable(step.container)}" for step in going),
        *(f"does not begin: {texts.what(step)} {printable(step.container)}" for step in waiting),
    ]
    if not run.steps:
        lines = ["it has not begun, and never will"]
    question = Confirm(
        title=f"cancel {run.action} of {run.stack}",
        lines=lines,
        verb="Cancel the run",
        leave="Let it go on",
    )
    if not await ui.push_screen_wait(question):
        return None
    try:
        found = await ui.link.ask(lambda client: client.cancel_run(run.id))
    except Failure as failure:
        ui.tell_failure(failure)
        return None
    if not said.is_over(found):
        # That it is over the stream tells.
        text = f"{run.action} of {run.stack} is being cancelled"
        ui.tell(Notice(weight=Weight.NEWS, text=text))
    return found


async def resume(ui: Ui, run: runs.Run) -> runs.Run | None:
    """Do what is left of the run once that has been agreed to; return the run that does it."""
    lines = ["".join(cell.text for cell in line) for line in said.left(run)]
    note = "only what is not done by now happens"
    # What a restart has restarted already only the run itself knows.
    if run.action != "restart":
        request = PlanRequest(action=run.action, selectors=(run.stack,))
        try:
            plans = (await ui.link.ask(lambda client: client.plan(request))).items
        except Failure as failure:
            note = failure.message
        else:
            lines += ["", *acting.plan_lines(ui, plans)]
    title = f"resume {run.action} of {run.stack}"
    question = Confirm(title=title, lines=lines, note=note, verb="Resume")
    if not await ui.push_screen_wait(question):
        return None
    try:
        return await ui.link.ask(lambda client: client.resume_run(run.id))
    except Failure as failure:
        ui.tell_failure(failure)
        return None


async def explain(ui: Ui, run: runs.Run) -> None:
    """Show why the stack was as it was when the run ended, or is as it is now."""
    host, _, stack = run.stack.partition("/")
    ended = run.finished_at
    query = WhyQuery(at=None if ended is None else ended.isoformat())
    try:
        found = await ui.link.ask(lambda client: client.why_stack(host, stack, query))
    except Failure as failure:
        ui.tell_failure(failure)
        return
    moment = ui.moment()
    lines = tuple(foresight.why_text(found, moment.view(ui.room_in_window())))
    when = "" if ended is None else f" at {moment.exact(ended)}"
    await ui.push_screen(Details(title=f"why {run.stack}{when}", lines=lines))
