"""Seven days of stacks: the picture of what schedules do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing
from dockschedctl.invocation import of
from dockschedctl.output import weeks as shown
from dockschedctl.wording import printable
from dockschedd.wire.week import WeekQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.client import Client
    from dockschedd.wire.week import Week

#: Stacks at once.
_PAGE: Final = 100
#: A page with very many schedules takes seconds, on a busy machine longer.
_PATIENCE: Final = 120.0
EXAMPLES: Final = """
    dockschedctl schedule week
    dockschedctl schedule week 'local/*' --from tomorrow
    dockschedctl schedule week web --from 2026-10-24 --tz Europe/Berlin
    """


def week(
    ctx: typer.Context,
    selector: Annotated[
        str | None,
        typer.Argument(
            metavar="[SELECTOR]",
            help="Only these stacks: a name, or a pattern such as '*/web'.",
            show_default=False,
            autocompletion=completing.stacks,
        ),
    ] = None,
    *,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help="The first of the seven days, such as tomorrow, mon or 2026-12-24.  "
            "[default: today]",
        ),
    ] = None,
    tz: Annotated[
        str | None,
        typer.Option(
            "--tz",
            metavar="ZONE",
            help="Whose days they are, such as Europe/Berlin.  [default: the daemon's]",
            autocompletion=completing.zones,
        ),
    ] = None,
) -> None:
    """Show seven days of stacks: when each is awake and asleep, and what is done when.

    It is what enabled schedules make of them, with windows, calendars, holds and days off; not
    what really happened. A schedule counts from its last change on.
    """
    here = of(ctx)
    query = WeekQuery(selector=selector, start=start, zone=tz, limit=_PAGE)
    with here.client(patience=_PATIENCE) as client:
        found = shown.together(_pages(client, query))
    if here.is_text:
        if found.frozen is not None:
            here.say(f"note: {printable(found.frozen.reads)}")
        if not found.items:
            here.env.say("no stack matches" if selector else "there are no stacks")
            return
    here.show(found, name=shown.names, text=shown.text)
    if here.is_text:
        here.say(f"days of {found.zone}: {shown.legend(found, here.view())}")


def _pages(client: Client, query: WeekQuery) -> Iterator[Week]:
    while True:
        page = client.show_week(query)
        yield page
        if page.next is None:
            return
        query = msgspec.structs.replace(query, cursor=page.next)


def register(app: typer.Typer) -> None:
    """Add the command to those of schedules."""
    app.command("week", cls=ondemand.Data, epilog=EXAMPLES)(week)
