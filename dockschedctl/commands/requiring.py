"""Which stacks need which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing, finding, options
from dockschedctl.invocation import of

if TYPE_CHECKING:
    from dockschedctl.client import Client
    from dockschedctl.invocation import Invocation
    from dockschedd.wire import requirements as wire

On = Annotated[
    list[str],
    typer.Option(
        "--on",
        metavar="STACK",
        help="What it needs: HOST/STACK, or STACK where one host has it; may be repeated.",
        show_default=False,
        autocompletion=completing.stacks,
    ),
]
MaybeStack = Annotated[
    str | None,
    typer.Argument(
        metavar="[STACK]",
        help="Only those of this stack, and of what needs it.",
        show_default=False,
        autocompletion=completing.stacks,
    ),
]
REQUIRE = """
    dockschedctl stack require local/app --on local/db
    dockschedctl stack require app --on db --on edge/queue
    """
UNREQUIRE = """
    dockschedctl stack unrequire local/app --on local/db
    """
REQUIREMENTS = """
    dockschedctl stack requirements
    dockschedctl stack requirements db -o json
    """


def require(ctx: typer.Context, stack: options.StackName, *, on: On) -> None:
    """Say that a stack needs others: they start before it and stop after it.

    What would make stacks need each other is refused, with the way around.
    """
    from dockschedd.wire.requirements import RequirementsNew  # noqa: PLC0415 (what a command needs)

    here = of(ctx)
    with here.client() as client:
        body = RequirementsNew(on=tuple(on))
        _show(here, client.add_requirements(*finding.split_stack(client, stack), body))


def unrequire(ctx: typer.Context, stack: options.StackName, *, on: On) -> None:
    """Take back that a stack needs others."""
    here = of(ctx)
    with here.client() as client:
        host, name = finding.split_stack(client, stack)
        for needed_host, needed in [_needed(client, host, name, text) for text in on]:
            client.remove_requirement(host, name, needed_host, needed)
            here.env.say(f"{host}/{name} does not need {needed_host}/{needed} any more")


def requirements(ctx: typer.Context, stack: MaybeStack = None) -> None:
    """List which stacks need which, by command or by label."""
    from dockschedd.wire.requirements import RequirementQuery  # noqa: PLC0415 (what it needs)

    here = of(ctx)
    with here.client() as client:
        _show(here, client.list_requirements(RequirementQuery(stack=stack)))


def _show(here: Invocation, found: wire.Requirements) -> None:
    from dockschedctl.output import requirements as shown  # noqa: PLC0415 (what a command needs)

    here.show_list(found.items, shown.REQUIREMENTS)


def _needed(client: Client, host: str, stack: str, text: str) -> tuple[str, str]:
    """Return host and stack of what is needed, which need not be there any more."""
    from dockschedd.wire.requirements import RequirementQuery  # noqa: PLC0415 (what it needs)

    if "/" not in text:
        asked = RequirementQuery(stack=f"{host}/{stack}")
        for item in client.list_requirements(asked).items:
            needed_host, _, needed = item.needs.partition("/")
            if item.stack == f"{host}/{stack}" and needed == text:
                return needed_host, needed
    return finding.split_stack(client, text)


def register(app: typer.Typer) -> None:
    """Add the commands to those of stacks."""
    app.command("require", cls=ondemand.Data, epilog=REQUIRE)(require)
    app.command("unrequire", cls=ondemand.Plain, epilog=UNREQUIRE)(unrequire)
    app.command("requirements", cls=ondemand.Data, epilog=REQUIREMENTS)(requirements)
