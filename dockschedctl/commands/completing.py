"""What the shell offers: names from the daemon, or silently nothing where there is none.

Asked while somebody waits with a finger on the tab key: nothing is asked for longer than a
second, nothing is ever written to stderr, and nobody is asked for a password.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl.failures import Failure
from dockschedctl.invocation import of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dockschedctl.client import Client

T = TypeVar("T")
_PATIENCE: Final = 1.0
_MANY: Final = 1000


def _names(ctx: typer.Context, ask: Callable[[Client], Iterable[T]]) -> list[T]:
    with suppress(Failure, OSError):
        here = of(ctx)
        here.debug = False
        # A refresh that is given up after a second could cost the login.
        with here.client(patience=_PATIENCE, renews=False) as client:
            return list(ask(client))
    return []


def stacks(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of stacks, with their host and, where that is unique, without."""

    def ask(client: Client) -> list[str]:
        from dockschedd.wire.stacks import StackQuery  # noqa: PLC0415 (only to complete)

        if incomplete.startswith("@"):
            return _of_groups(client)
        items = client.list_stacks(StackQuery(limit=_MANY)).items
        if "/" in incomplete:
            return [item.name for item in items]
        bare = [item.stack for item in items]
        return [*(name for name in bare if bare.count(name) == 1), *(i.name for i in items)]

    return _names(ctx, ask)


def _of_groups(client: Client) -> list[str]:
    """Return selectors of the groups: all stacks of each, and each stack that one has."""
    from dockschedd.wire.stacks import StackQuery  # noqa: PLC0415 (only to complete)

    items = client.list_stacks(StackQuery(limit=_MANY)).items
    found = []
    for group in client.list_groups().items:
        stacks = {item.stack for item in items if item.host in group.hosts}
        found += [f"@{group.name}/{part}" for part in ("*", *sorted(stacks))]
    return found


def schedules(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return names of schedules that begin so, with what each does."""

    def ask(client: Client) -> list[tuple[str, str]]:
        from dockschedd.wire.schedules import ScheduleQuery  # noqa: PLC0415 (only to complete)

        query = ScheduleQuery(limit=_MANY, prefix=incomplete or None)
        return [
            (item.name, f"{item.action} {item.selector}, {item.reads}")
            for item in client.list_schedules(query).items
        ]

    return _names(ctx, ask)


def calendars(ctx: typer.Context) -> list[str]:
    """Return names of calendars."""
    return _names(ctx, lambda client: [each.name for each in client.list_calendars().items])


def groups(ctx: typer.Context) -> list[str]:
    """Return names of groups."""
    return _names(ctx, lambda client: [each.name for each in client.list_groups().items])


def users(ctx: typer.Context) -> list[str]:
    """Return names of users."""

    def ask(client: Client) -> list[str]:
        from dockschedd.wire.schedules import PageQuery  # noqa: PLC0415 (only to complete)

        return [item.name for item in client.list_users(PageQuery(limit=_MANY)).items]

    return _names(ctx, ask)


def runs(ctx: typer.Context) -> list[tuple[str, str]]:
    """Return short ids of runs, those that are not over first, with what each is."""

    def ask(client: Client) -> list[tuple[str, str]]:
        from dockschedctl.output.runs import OVER, short  # noqa: PLC0415 (only to complete)
        from dockschedd.wire.runs import RunQuery  # noqa: PLC0415 (only to complete)

        items = client.list_runs(RunQuery(limit=50)).items
        return [
            (short(run.id), f"{run.action} {run.stack}: {run.status}")
            for run in sorted(items, key=lambda run: run.status in OVER)
        ]

    return _names(ctx, ask)


def hosts(ctx: typer.Context) -> list[str]:
    """Return names of hosts."""
    return _names(ctx, lambda client: [host.name for host in client.list_hosts().items])


def zones(incomplete: str) -> list[str]:
    """Return names of zones that begin so; those that this machine knows."""
    import zoneinfo  # noqa: PLC0415 (only to complete)

    return sorted(each for each in zoneinfo.available_timezones() if each.startswith(incomplete))


def contexts(ctx: typer.Context) -> list[str]:
    """Return names of contexts."""
    from dockschedctl import contexts as book  # noqa: PLC0415 (only to complete)

    with suppress(Failure, OSError):
        return [book.DEFAULT, *book.load(of(ctx).env.config_dir).contexts]
    return []
