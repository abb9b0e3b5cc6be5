"""Holds: placed on one stack or on several with one form, and taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedctl.failures import Failure
from dockschedctl.ui import acting
from dockschedctl.ui.notices import Notice, Weight
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.wording import count, printable
from dockschedd.wire.runs import PlanRequest, RunRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dockschedctl.client import Client
    from dockschedctl.ui.app import Ui
    from dockschedd.wire.holds import HoldNew
    from dockschedd.wire.stacks import StackSummary


async def hold(ui: Ui, stacks: Sequence[StackSummary]) -> bool:
    """Ask for how long, show what it does to the stacks at once, and hold them."""
    from dockschedctl.ui.screens.holding import Holding  # noqa: PLC0415 (not at the start)

    body = await ui.push_screen_wait(Holding(stacks))
    if body is None:
        return False
    try:
        return await _hold(ui, stacks, body)
    except Failure as failure:
        ui.tell_failure(failure)
        return False


async def _hold(ui: Ui, stacks: Sequence[StackSummary], body: HoldNew) -> bool:
    action = "start" if body.wants == "up" else "stop"
    names = tuple(stack.name for stack in stacks)
    title = f"hold {acting.named(names)} {body.wants}"
    plans = await acting.plans(ui, PlanRequest(action=action, selectors=names)) if body.act else ()
    works = any(plan.steps for plan in plans)
    if works:
        who = "it" if len(names) == 1 else "they"
        note = f"{who} will {action} now"
        lines = acting.plan_lines(ui, plans)
        question = Confirm(title=title, lines=lines, note=note, verb="Hold")
        if not await ui.push_screen_wait(question):
            return False
    if len(stacks) == 1:
        (stack,) = stacks
        await ui.link.ask(lambda client: client.hold(stack.host, stack.stack, body))
        return True
    # Held first, and then acted on together: one run must not wait for another's hold, and
    # what needs what is put in order only among stacks of one request.
    alone = msgspec.structs.replace(body, act=False)
    done = await _each(ui, stacks, lambda client, s: client.hold(s.host, s.stack, alone), "held")
    if done and works:
        await acting.begin(ui, RunRequest(action=action, selectors=names), title=title)
    return done


async def release(ui: Ui, stacks: Sequence[StackSummary]) -> bool:
    """Take the holds of the stacks away, after what comes next has been agreed to."""
    held = tuple(stack for stack in stacks if stack.hold is not None)
    if not held:
        who = acting.named([stack.name for stack in stacks])
        ui.tell(Notice(weight=Weight.NEWS, text=f"nobody holds {who}"))
        return False
    title = f"release {acting.named([stack.name for stack in held])}"
    question = Confirm(title=title, lines=tuple(_after(ui, held)), verb="Release")
    if not await ui.push_screen_wait(question):
        return False
    return await _each(ui, held, lambda client, s: client.release(s.host, s.stack), "released")


def _after(ui: Ui, held: Sequence[StackSummary]) -> Iterator[str]:
    """Yield for each stack who holds it, and what comes next once nobody does."""
    moment = ui.moment()
    for stack in held:
        if len(held) > 1:
            yield f"{printable(stack.name)}:"
        indent = "  " if len(held) > 1 else ""
        if stack.hold is not None:
            yield f"{indent}{printable(stack.hold.reads)}"
        if stack.next_at is None:
            yield f"{indent}no schedule acts on it"
        else:
            by = f" by {printable(stack.next_schedule)}" if stack.next_schedule else ""
            yield f"{indent}next: {stack.next_action} {moment.ahead(stack.next_at)}{by}"
    yield "schedules will act on it again" if len(held) == 1 else "schedules act on them again"


async def _each(
    ui: Ui,
    stacks: Sequence[StackSummary],
    change: Callable[[Client, StackSummary], object],
    word: str,
) -> bool:
    """Change one stack after the other, as far as that goes; return whether it went to the end."""

    def work(client: Client) -> tuple[int, Failure | None]:
        for number, stack in enumerate(stacks):
            try:
                change(client, stack)
            except Failure as failure:
                return number, failure
        return len(stacks), None

    number, failure = await ui.link.ask(work)
    if failure is None:
        return True
    ui.tell_failure(failure)
    if number:
        of = count(len(stacks), "stack")
        text = f"only {number} of {of} {word}: not {stacks[number].name}"
        ui.tell(Notice(weight=Weight.BAD, text=printable(text)))
    return False
