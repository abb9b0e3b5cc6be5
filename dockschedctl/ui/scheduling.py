"""From a key to a schedule that is added, changed, run, let go or removed: asked, done, told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dockschedctl.failures import Failure
from dockschedctl.output import adding
from dockschedctl.output import schedules as texts
from dockschedctl.ui import acting, drafting
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.rows import drafts as telling
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.details import Details
from dockschedctl.wording import count, printable
from dockschedd.wire.schedules import PreviewQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dockschedctl.client import Client
    from dockschedctl.ui.app import Ui
    from dockschedd.wire import schedules

T = TypeVar("T")
_FEW = 5


async def add(ui: Ui, *, selector: str = "") -> bool:
    """Ask for a new schedule; return whether there is one."""
    return await _written(ui, drafting.fresh(selector=selector), "added")


async def edit(ui: Ui, name: str) -> bool:
    """Ask what is to be different; return whether anything is."""
    found = await _asked(ui, lambda client: client.show_schedule(name))
    return found is not None and await _written(ui, drafting.of(found), "changed")


async def _written(ui: Ui, form: drafting.Form, done: str) -> bool:
    from dockschedctl.ui.screens.scheduling import ScheduleForm  # noqa: PLC0415 (not at the start)

    saved = await ui.push_screen_wait(ScheduleForm(form))
    if saved is None:
        return False
    _announce(ui, done, saved)
    return True


async def turn(ui: Ui, name: str) -> bool:
    """Let a schedule fire, or keep it from firing, once its next instants have been seen."""
    found = await _asked(ui, lambda client: client.show_schedule(name))
    if found is None:
        return False
    lines = await _preview(ui, name)
    if lines is None:
        return False
    if found.enabled:
        verb, note = "disable", "it does not fire any more; what it leaves out is not made up for"
    else:
        verb, note = "enable", "it fires again, from now on"
    question = Confirm(
        title=f"{verb} {printable(name)}", lines=lines, note=note, verb=verb.capitalize()
    )
    if not await ui.push_screen_wait(question):
        return False
    saved = await _asked(
        ui,
        lambda client: (
            client.disable_schedule(name) if found.enabled else client.enable_schedule(name)
        ),
    )
    if saved is None:
        return False
    _announce(ui, f"{verb}d", saved)
    return True


async def preview(ui: Ui, name: str) -> None:
    """Show the schedule as a whole, and its next instants."""
    found = await _asked(ui, lambda client: client.show_schedule(name))
    lines = await _preview(ui, name)
    if found is None or lines is None:
        return
    view = ui.moment().view(ui.room_in_window())
    about = tuple(texts.schedule_text(found, view))
    await ui.push_screen_wait(
        Details(title=f"schedule {printable(name)}", lines=(*lines, "", *about))
    )


async def run(ui: Ui, name: str) -> bool:
    """Do now what it does, after its plan has been agreed to."""
    plans = await _asked(ui, lambda client: client.plan_schedule(name))
    if plans is None:
        return False
    work = any(plan.steps for plan in plans.items)
    question = Confirm(
        title=f"run {printable(name)}",
        lines=acting.plan_lines(ui, plans.items),
        verb="Run" if work else "",
    )
    if not await ui.push_screen_wait(question):
        return False
    answer = await _asked(ui, lambda client: client.run_schedule(name))
    if answer is None:
        return False
    for line in answer.notes:
        _tell(ui, line)
    _tell(ui, f"run {name}: {count(len(answer.items), 'run')}")
    return True


async def remove(ui: Ui, name: str) -> bool:
    """Remove it, after what goes with it has been agreed to."""
    found = await _asked(ui, lambda client: client.show_schedule(name))
    lines = await _preview(ui, name)
    if found is None or lines is None:
        return False
    question = Confirm(
        title=f"delete {printable(name)}: {found.action} {printable(found.selector)}",
        lines=lines,
        note="it fires no more; its runs stay in the history",
        verb="Delete",
    )
    if not await ui.push_screen_wait(question):
        return False

    def gone(client: Client) -> bool:
        client.remove_schedule(name)
        return True

    if await _asked(ui, gone) is None:
        return False
    again = "" if found.done else f"; to add it again: {adding.command(found)}"
    _tell(ui, f"deleted {name}{again}")
    return True


async def _preview(ui: Ui, name: str) -> tuple[str, ...] | None:
    query = PreviewQuery(count=_FEW)
    found = await _asked(ui, lambda client: client.preview_schedule(name, query))
    return None if found is None else tuple(_lines(ui, found))


def _lines(ui: Ui, found: schedules.Preview) -> Iterator[str]:
    yield printable(found.reads)
    if found.moments:
        yield from telling.instants(found, ui.moment(), ui.room_in_window())
    else:
        yield "it never fires"
    yield from map(printable, found.left_out)


def _announce(ui: Ui, done: str, schedule: schedules.Schedule) -> None:
    """Say what `schedule add` says."""
    parts = [f"{done} {schedule.name}: {schedule.action} {schedule.selector}"]
    if schedule.zone_reason:
        parts.append(f"zone {schedule.zone}, {schedule.zone_reason}")
    if schedule.done:
        parts.append("it has fired and is done")
    elif not schedule.enabled:
        parts.append("it does not fire before it is enabled")
    elif schedule.next_at is not None:
        when = ui.moment().ahead(schedule.next_at)
        parts.append(f"next: {schedule.next_action or schedule.action} {when}")
    _tell(ui, "; ".join(parts), weight=Weight.GOOD)
    # They were shown and agreed to: here they are only counted.
    conflicts = [each for each in schedule.warnings if each.startswith("conflict: ")]
    if conflicts:
        _tell(ui, f"warning: {count(len(conflicts), 'conflict')} with other schedules")
    for warning in schedule.warnings:
        if warning not in conflicts:
            _tell(ui, f"warning: {warning}")


def _tell(ui: Ui, text: str, *, weight: Weight = Weight.NEWS) -> None:
    ui.tell(Notice(weight=weight, text=printable(text)))


async def _asked(ui: Ui, question: Callable[[Client], T]) -> T | None:
    """Return the answer; what went wrong is told."""
    try:
        return await ui.link.ask(question)
    except Failure as failure:
        ui.tell_failure(failure)
        return None
