"""Groups: named sets of hosts, which selectors name with an @."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing
from dockschedctl.failures import Usage
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import groups as shown
from dockschedctl.output.calendars import counted
from dockschedctl.wording import printable
from dockschedd.wire import groups

if TYPE_CHECKING:
    from collections.abc import Sequence

app = ondemand.app("Named sets of hosts, for selectors such as @edge/web.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the group.",
        autocompletion=completing.groups,
        show_default=False,
    ),
]


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl group ls
    dockschedctl group ls -o name
    """,
)
def ls(ctx: typer.Context) -> None:
    """List groups."""
    here = of(ctx)
    with here.client() as client:
        here.show_list(client.list_groups().items, shown.GROUPS)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl group show edge
    """,
)
def show(ctx: typer.Context, name: Name) -> None:
    """Show the hosts of a group, and the schedules that name it."""
    here = of(ctx)
    with here.client() as client:
        _show(here, client.show_group(name))


@app.command(
    "add",
    cls=ondemand.Data,
    epilog="""
    dockschedctl group add edge web-1 web-2
    dockschedctl sleep '@edge/*' 23:00-07:00
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the group.", show_default=False)
    ],
    hosts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST]...",
            help="Its hosts.",
            autocompletion=completing.hosts,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Add a group: `@NAME/STACK` means that stack on each of its hosts."""
    here = of(ctx)
    with here.client() as client:
        body = groups.GroupNew(name=name, hosts=tuple(hosts or ()))
        _announce(here, "added", client.add_group(body))


@app.command(
    "edit",
    cls=ondemand.Data,
    epilog="""
    dockschedctl group edit edge --add web-3 --remove web-1
    dockschedctl group edit edge --hosts web-1,web-2
    """,
)
def edit(
    ctx: typer.Context,
    name: Name,
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="HOST", help="Add this host.", autocompletion=completing.hosts
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--remove", metavar="HOST", help="Take this host out.", autocompletion=completing.hosts
        ),
    ] = None,
    hosts: Annotated[
        str | None,
        typer.Option(
            "--hosts",
            metavar="HOST,...",
            help="Give it these hosts in place of all others; '' leaves none.",
        ),
    ] = None,
) -> None:
    """Change the hosts of a group; its schedules go by them from now on.

    Where windows are asleep or awake now, the stacks that come and go follow at once.
    """
    if not add and not remove and hosts is None:
        raise Usage("what is to be changed?", hint="give --add, --remove or --hosts")
    here = of(ctx)
    body = groups.GroupEdit(
        hosts=msgspec.UNSET
        if hosts is None
        else tuple(filter(None, map(str.strip, hosts.split(",")))),
        add=_given(add),
        remove=_given(remove),
    )
    with here.client() as client:
        _announce(here, "changed", client.edit_group(name, body))


@app.command(
    "rm",
    cls=ondemand.Data,
    epilog="""
    dockschedctl group rm edge
    dockschedctl group rm edge --force
    """,
)
def rm(
    ctx: typer.Context,
    name: Name,
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also while schedules name it: they then act on nothing."),
    ] = False,
) -> None:
    """Remove a group that no schedule names."""
    here = of(ctx)
    with here.client() as client:
        gone = client.remove_group(name, groups.GroupRemoval(force=force))
    if not here.is_text:
        here.show(gone, name=lambda g: g.name, text=lambda _, __: ())
        return
    here.env.say(f"removed {gone.name}")
    if gone.named_by:
        here.env.say(f"warning: still named by {', '.join(gone.named_by)}")


def _given(hosts: Sequence[str] | None) -> tuple[str, ...] | msgspec.UnsetType:
    return tuple(hosts) if hosts else msgspec.UNSET


def _show(here: Invocation, group: groups.Group) -> None:
    here.show(group, name=lambda g: g.name, text=shown.group_text)


def _announce(here: Invocation, done: str, group: groups.Group) -> None:
    """Say what has become of a group, and what that means for schedules."""
    if not here.is_text:
        _show(here, group)
        return
    hosts, stacks = counted(len(group.hosts), "host"), counted(group.stacks, "stack")
    here.env.say(f"{done} {group.name}: {hosts}, {stacks}")
    if group.schedules:
        go = "goes" if group.schedules == 1 else "go"
        here.env.say(f"{counted(group.schedules, 'schedule')} {go} by it now")
    for warning in group.warnings:
        here.env.say(f"warning: {printable(warning)}")
