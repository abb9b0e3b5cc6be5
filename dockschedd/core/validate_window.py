"""What people write about windows: what a window lacks, and what only a window has.

Part of core.validate, which collects the faults of all fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import model, triggers, wants, windows
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_USE = "a window needs none: what it wants is evaluated whenever dockschedd is there"
_ONE_SIDED = "a window with one side wants no state that could be enforced always"


def does(action: str, window: str | None) -> None:
    """Raise Invalid where an action and a window do not go together."""
    if window is not None and action in set(model.Action):
        raise Invalid(
            Fault(
                path="action",
                code="window-wish",
                message=f"a window does not {action} a stack: it wants it awake or asleep",
                hint="write what is to hold inside the window: awake or asleep",
            )
        )
    if window is None and action in set(triggers.Wish):
        raise Invalid(
            Fault(
                path="action",
                code="window-missing",
                message=f"`{action}` needs a window",
                hint='write for example --window "mon-fri 08:00-18:00"',
            )
        )


def trigger(
    text: str,
    *,
    zone: str,
    wish: triggers.Wish,
    sleep_by: triggers.SleepBy,
    enforce: triggers.Enforce,
) -> triggers.WindowTrigger:
    """Return the trigger of a window, its items as `windows.parse` writes them. Raises Invalid."""
    return triggers.WindowTrigger(
        expression=str(windows.parse(text)),
        zone=zone,
        wants=wish,
        sleep_by=sleep_by,
        enforce=enforce,
    )


def misplaced(
    found: triggers.Trigger,
    *,
    sleep_by: str | None,
    enforce: str | None,
    catch_up: str | None,
    deadline: str | None,
) -> Iterator[Fault]:
    """Yield what was written and has no meaning for that trigger.

    Codes: window-only (`sleep_by`, `enforce` without a window), window-state (`catch_up`,
    `deadline` of a window that wants a state), window-one-sided.
    """
    if not isinstance(found, triggers.WindowTrigger):
        for path, value in (("sleep_by", sleep_by), ("enforce", enforce)):
            if value is not None:
                yield Fault(path=path, code="window-only", message="only a window has it")
    elif wants.is_state(found):
        for path, value in (("catch_up", catch_up), ("deadline", deadline)):
            if value is not None:
                yield Fault(path=path, code="window-state", message=_NO_USE)
    elif found.enforce is triggers.Enforce.ALWAYS:
        yield Fault(path="enforce", code="window-one-sided", message=_ONE_SIDED)
