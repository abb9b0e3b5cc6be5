"""Schedules that are added and changed, and what is said about them then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from dockschedctl.commands import completing, conflicts, options, policies
from dockschedctl.failures import Usage
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import schedules as shown
from dockschedctl.wording import printable
from dockschedd.wire import runs, schedules

if TYPE_CHECKING:
    from dockschedctl.client import Client

#: How many instants are shown after a schedule was added or changed.
_FEW: Final = 5

ADD: Final = """
    dockschedctl schedule add nightly stop 'local/*' --cron '0 22 * * mon-fri'
    dockschedctl schedule add early start web --when 'every weekday at 6am'
    dockschedctl schedule add xmas stop web --at '2026-12-24 18:00' --tz UTC
    dockschedctl schedule add weekly restart web --cron '@weekly' --deadline 2h
    dockschedctl schedule add lunch stop web --cron '0 12 * * *' --remember
    dockschedctl schedule add early start web --cron '0 6 * * *' --except holidays
    dockschedctl schedule add office awake 'dev/*' --window 'mon-fri 08:00-18:00'
"""
EDIT: Final = """
    dockschedctl schedule edit nightly --cron '0 23 * * *'
    dockschedctl schedule edit nightly --name late --deadline 2h
    dockschedctl schedule edit nightly --except holidays
    dockschedctl schedule edit nightly --except ''
    dockschedctl schedule edit office --window 'mon-fri 07:30-18:00'
"""


@policies.taking_them
def add(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the schedule.", show_default=False)
    ],
    action: Annotated[
        options.Does,
        typer.Argument(
            metavar="ACTION",
            help="start, stop, restart, pause or unpause; with --window awake or asleep.",
            show_default=False,
        ),
    ],
    selector: Annotated[
        str,
        typer.Argument(
            metavar="SELECTOR",
            help="Stacks: HOST/STACK, STACK, or a pattern such as 'prod-*/db-*'.",
            autocompletion=completing.stacks,
            show_default=False,
        ),
    ],
    *,
    given: policies.Given,
    disabled: Annotated[
        bool, typer.Option("--disabled", help="Do not let it fire before it is enabled.")
    ] = False,
    strict: conflicts.Strict = False,
) -> None:
    """Add a schedule, and show when it fires next.

    Without --tz its zone is that of its hosts, if they share one, or the daemon's.
    """
    given.check_trigger(required=True)
    here = of(ctx)
    body = schedules.ScheduleNew(
        name=name,
        action=action,
        selector=selector,
        enabled=not disabled,
        options=msgspec.convert(given.options(action), runs.Options),
        strict=strict,
        **given.fields(),
    )
    with here.client() as client:
        announce(here, client, "added", client.add_schedule(body))


@policies.taking_them
def edit(
    ctx: typer.Context,
    name: options.ScheduleName,
    *,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Its new name.")
    ] = None,
    action: Annotated[
        options.Does | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help="start, stop, restart, pause or unpause; of a window awake or asleep.",
        ),
    ] = None,
    selector: Annotated[
        str | None,
        typer.Option(
            "--selector",
            metavar="SELECTOR",
            help="Which stacks.",
            autocompletion=completing.stacks,
        ),
    ] = None,
    given: policies.Given,
    strict: conflicts.Strict = False,
) -> None:
    """Change a schedule: what is left out stays.

    --except '' and --also-asleep '' take all calendars away.
    """
    given.check_trigger(required=False)
    here = of(ctx)
    changes: dict[str, Any] = {"name": new_name, "action": action, "selector": selector}
    changes = {field: value for field, value in changes.items() if value is not None}
    changes |= given.fields()
    with here.client() as client:
        if given.options(options.Does.STOP):
            # Options are replaced as a whole: begin with those that hold now.
            now = client.show_schedule(name)
            does = action or options.Does(now.action)
            changes["options"] = msgspec.to_builtins(now.options) | given.options(does)
        if not changes:
            raise Usage(
                "there is nothing to change", hint="see `dockschedctl schedule edit --help`"
            )
        body = msgspec.convert(
            changes | ({"strict": True} if strict else {}), schedules.ScheduleEdit
        )
        announce(here, client, "changed", client.edit_schedule(name, body))


def announce(here: Invocation, client: Client, done: str, schedule: schedules.Schedule) -> None:
    """Say what has been done to a schedule, and when it fires next."""
    if not here.is_text:
        here.show(schedule, name=lambda s: s.name, text=shown.schedule_text)
        return
    here.env.say(f"{done} {schedule.name}: {schedule.action} {schedule.selector}")
    if schedule.zone_reason:
        here.env.say(f"zone {schedule.zone}, {schedule.zone_reason}")
    for warning in schedule.warnings:
        here.say(f"warning: {printable(warning)}")
    if schedule.done:
        here.env.say("it has fired and is done")
    elif not schedule.enabled:
        here.env.say(f"it does not fire before `dockschedctl schedule enable {schedule.name}`")
    else:
        query = schedules.PreviewQuery(count=_FEW)
        found = client.preview_schedule(schedule.name, query)
        here.write_lines(shown.preview_text(found, here.view()))
