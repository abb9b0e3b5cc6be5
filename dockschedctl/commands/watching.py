"""A list of stacks that follows what happens to them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.commands import finding
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.invocation import Output
from dockschedctl.output import data, tables
from dockschedctl.output.stacks import STACKS
from dockschedd.wire.system import EventQuery

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from dockschedctl.client import Client
    from dockschedctl.invocation import Invocation
    from dockschedd.wire.stacks import StackSummary

_PAUSE: Final = 1.0


class _Known(msgspec.Struct):
    """What is shown."""

    items: dict[str, StackSummary] = msgspec.field(default_factory=dict)
    is_read: bool = False
    #: Why nothing new comes.
    lost: str | None = None


def stacks(here: Invocation, client: Client, selector: str | None) -> None:
    """Show the stacks, and each change of one, until somebody interrupts it.

    On a terminal the table is drawn again; elsewhere each change is one more line.
    """
    known = _Known()
    live = here.env.stdout_tty and here.is_text
    try:
        with _picture(here, known) if live else nullcontext():
            while True:
                _once(here, client, selector, known, live=live)
                here.env.pause(_PAUSE)
    except KeyboardInterrupt:
        return


def _once(
    here: Invocation,
    client: Client,
    selector: str | None,
    known: _Known,
    *,
    live: bool,
) -> None:
    """Read everything, then what changes, for as long as one stream lives."""
    try:
        events = client.events(EventQuery())
        _read(here, client, selector, known, live=live)
        for event in events:
            # What a selector matches is the daemon's business: ask it again.
            if hasattr(event, "stack"):
                _read(here, client, selector, known, live=live)
    except Failure as failure:
        if not known.is_read or failure.exit_code is not Exit.UNREACHABLE:
            raise
        known.lost = failure.message


def _read(
    here: Invocation,
    client: Client,
    selector: str | None,
    known: _Known,
    *,
    live: bool,
) -> None:
    first = not known.is_read
    newest = {item.name: item for item in finding.all_stacks(client, selector)}
    changed = [item for name, item in newest.items() if known.items.get(name) != item]
    known.items, known.is_read, known.lost = newest, True, None
    if live or not (changed or first):
        return
    match here.output:
        case Output.JSON | Output.YAML:
            here.env.write("".join(map(data.as_json_line, changed)))
        case Output.NAME:
            here.write_lines(item.name for item in changed)
        case _:
            here.write_lines(tables.render(STACKS, changed, here.view(), head=first))
    here.env.stdout.flush()


def lines(known: _Known, view: Callable[[], tables.View]) -> Callable[[], list[str]]:
    """Return what gives the lines of the picture; there are none before anything is known."""

    def drawn() -> list[str]:
        items = list(known.items.values())
        shown = tables.render(STACKS, items, view()) if items else [STACKS.empty]
        lost = [] if known.lost is None else ["", f"trying again: {known.lost}"]
        return [*shown, *lost] if known.is_read else []

    return drawn


def _picture(here: Invocation, known: _Known) -> AbstractContextManager[Callable[[], None]]:
    from dockschedctl.output import live  # noqa: PLC0415 (only where something moves)

    drawn = lines(known, here.view)
    return live.shown(drawn, file=here.env.stdout, size=here.env.fit, keep=True)
