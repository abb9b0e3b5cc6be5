"""From what people type to what the API wants: all pages of a list, one stack, one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from dockschedctl.exits import Exit
from dockschedctl.failures import Failure, Usage
from dockschedctl.wording import did_you_mean
from dockschedd.wire import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dockschedctl.client import Client
    from dockschedd.wire import schedules, stacks

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

_FULL_ID: Final = 36


class Page(Protocol[T_co]):
    """A page of any list."""

    @property
    def items(self) -> tuple[T_co, ...]: ...

    @property
    def next(self) -> str | None: ...


PageT = TypeVar("PageT", bound=Page[Any])


def every(fetch: Callable[[int, str | None], Page[T]], *, limit: int | None = None) -> list[T]:
    """Return all items, or the first `limit`, from as many pages as that takes."""
    return [item for page in pages(fetch, limit=limit) for item in page.items]


def pages(
    fetch: Callable[[int, str | None], PageT], *, limit: int | None = None
) -> Iterator[PageT]:
    """Yield the pages that hold all items, or the first `limit`, each when it has come."""
    seen = 0
    cursor: str | None = None
    while limit is None or seen < limit:
        size = paths.LARGEST_PAGE if limit is None else min(limit - seen, paths.LARGEST_PAGE)
        page = fetch(size, cursor)
        yield page
        seen += len(page.items)
        cursor = page.next
        if cursor is None:
            break


def all_stacks(client: Client, selector: str | None = None) -> list[stacks.StackSummary]:
    """Return the stacks that the selector matches, by name."""
    from dockschedd.wire.stacks import StackQuery  # noqa: PLC0415 (what a command needs)

    return every(
        lambda limit, cursor: client.list_stacks(
            StackQuery(selector=selector, limit=limit, cursor=cursor)
        )
    )


def schedule_pages(
    client: Client, *, stack: str | None = None
) -> Iterator[schedules.SchedulePage]:
    """Yield all schedules, or those of a stack, by name; a page knows of the freeze."""
    from dockschedd.wire.schedules import ScheduleQuery  # noqa: PLC0415 (what a command needs)

    return pages(
        lambda limit, cursor: client.list_schedules(
            ScheduleQuery(limit=limit, cursor=cursor, stack=stack)
        )
    )


def all_schedules(client: Client) -> list[schedules.Schedule]:
    """Return all schedules, by name."""
    return [item for page in schedule_pages(client) for item in page.items]


def split_stack(client: Client, name: str) -> tuple[str, str]:
    """Return host and stack of `HOST/STACK`, or of `STACK` where exactly one host has it."""
    host, slash, stack = name.partition("/")
    if name.startswith("@"):
        hint = f"`dockschedctl stack ls '{name}'` lists those that it means"
        raise Usage(f"`{name}` names a group of hosts, and this is for one stack", hint=hint)
    if slash:
        return host, stack
    known = all_stacks(client)
    found = [item for item in known if item.stack == name]
    match found:
        case []:
            near = did_you_mean(name, {item.stack for item in known})
            raise Failure(
                f"there is no stack `{name}`",
                exit_code=Exit.NOT_FOUND,
                hint=near or "see `dockschedctl stack ls`",
            )
        case [one]:
            return one.host, one.stack
        case _:
            names = ", ".join(f"`{item.name}`" for item in found)
            raise Usage(f"`{name}` is on several hosts", hint=f"name one of {names}")


def run_id(client: Client, text: str) -> str:
    """Return the whole id of the run that the text is, or ends."""
    if len(text) >= _FULL_ID:
        return text
    from dockschedd.wire.runs import RunQuery  # noqa: PLC0415 (what a command needs)

    newest = client.list_runs(RunQuery(limit=paths.LARGEST_PAGE)).items
    found = [run for run in newest if run.id.endswith(text.lower())]
    match found:
        case []:
            raise Failure(
                f"no run ends in `{text}`",
                exit_code=Exit.NOT_FOUND,
                hint="see `dockschedctl run ls`; older runs are found by their whole id",
            )
        case [one]:
            return one.id
        case _:
            raise Usage(f"{len(found)} runs end in `{text}`", hint="give more of the id")
