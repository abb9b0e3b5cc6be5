"""Schedules as a document: written from what is there, and applied to it."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
import typer

from dockschedctl import documents
from dockschedctl.commands import completing, finding
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure, Usage
from dockschedctl.invocation import Invocation, Output, of
from dockschedctl.output import declared
from dockschedctl.wording import did_you_mean
from dockschedd.wire import calendars, groups, holds, requirements, schedules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedctl.client import Client

_T = TypeVar("_T")
EXPORT: Final = """
    dockschedctl schedule export > schedules.yaml
    dockschedctl schedule export nightly 'local/*' -o toml
"""
APPLY: Final = """
    dockschedctl schedule apply -f schedules.yaml --diff
    dockschedctl schedule apply -f schedules.yaml --prune --yes
    dockschedctl schedule apply -f schedules.toml --dry-run
"""


def export(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|SELECTOR]...",
            help="Only these: names, selectors as they were written, or patterns for either.",
            show_default=False,
            autocompletion=completing.schedules,
        ),
    ] = None,
) -> None:
    """Write schedules, with their groups and calendars, as a document for `schedule apply`.

    What a schedule would have anyway is left out; its zone is always there. Without
    arguments also what stacks need, except by label, and what is held.
    """
    here = of(ctx)
    with here.client() as client:
        found = finding.all_schedules(client)
        chosen = _chosen(found, names) if names else found
        used = {name for each in chosen for name in (*each.except_on, *each.also_asleep)}
        wanted = used if names else [each.name for each in client.list_calendars().items]
        others = {
            "calendars": [documents.calendar_of(client.show_calendar(n)) for n in sorted(wanted)]
        }
        named = {each.selector[1:].partition("/")[0] for each in chosen if each.selector[0] == "@"}
        if named or not names:
            others["groups"] = [
                documents.group_of(each)
                for each in client.list_groups().items
                if not names or each.name in named
            ]
        if not names:
            said = client.list_requirements(requirements.RequirementQuery())
            others["requirements"] = documents.requirements_of(said.items)
            others["holds"] = [documents.hold_of(each) for each in client.list_holds().items]
    write(here, [documents.entry_of(each) for each in chosen], others=others)


def write(
    here: Invocation,
    entries: Sequence[documents.Entry],
    *,
    trailer: Sequence[str] = (),
    others: documents.Others | None = None,
) -> None:
    """Write a document in the form that was asked for."""
    others = others or {}
    match here.output:
        case Output.JSON:
            here.env.write(documents.as_json(entries, others=others))
        case Output.TOML:
            here.env.write(documents.as_toml(entries, trailer=trailer, others=others))
        case _:
            here.env.write(documents.as_yaml(entries, trailer=trailer, others=others))


def _chosen(
    found: Sequence[schedules.Schedule], wanted: Sequence[str]
) -> list[schedules.Schedule]:
    chosen: dict[str, schedules.Schedule] = {}
    for text in wanted:
        fits = [each for each in found if text in (each.name, each.selector)]
        fits = fits or [
            each
            for each in found
            if fnmatch.fnmatchcase(each.name, text) or fnmatch.fnmatchcase(each.selector, text)
        ]
        if not fits:
            hint = did_you_mean(text, [each.name for each in found])
            message = f"there is no schedule `{text}`, and none with that selector"
            raise Failure(message, exit_code=Exit.NOT_FOUND, hint=hint)
        chosen.update({each.name: each for each in fits})
    return [each for each in found if each.name in chosen]


def apply(
    ctx: typer.Context,
    *,
    file: Annotated[
        str,
        typer.Option(
            "-f", "--file", metavar="FILE", help="YAML, TOML or JSON; `-` is standard input."
        ),
    ],
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Only compare: exit code 1 where something differs, and 0 where not."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it and say what would be done.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Remove all schedules that are not in it, whoever made them; and, if it has "
            "such lists, groups and calendars that nothing names then, requirements and holds.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Refuse it if an added or changed schedule contradicts another one.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before schedules are removed.")
    ] = False,
) -> None:
    """Make the schedules those of a document: all of it or nothing.

    What an entry leaves out has its default. Applying a document twice changes nothing.
    A hold of a document keeps schedules away; it does not itself start or stop a stack.
    """
    here = of(ctx)
    document = documents.read_whole(_text(here, file), name=file)
    body = msgspec.structs.replace(
        request(document.schedules, prune=prune, dry_run=diff or dry_run),
        calendars=_typed(document.calendars, calendars.CalendarNew, f"{file}: calendars"),
        groups=_typed(document.groups, groups.GroupNew, f"{file}: groups"),
        requirements=_typed(
            document.requirements, requirements.RequirementEntry, f"{file}: requirements"
        ),
        holds=_typed(document.holds, holds.HoldEntry, f"{file}: holds"),
        strict=strict,
    )
    with here.client() as client:
        if prune and not (diff or dry_run or yes):
            _confirm(here, client, body)
        found = client.apply_schedules(body)
    show(here, found)
    if diff and declared.differs(found):
        raise typer.Exit(Exit.FAILED)


def _typed(
    entries: Sequence[dict[str, Any]] | None, kind: type[_T], place: str
) -> tuple[_T, ...] | msgspec.UnsetType:
    """Return the entries as the API takes them. Raises Usage, with the first place."""
    if entries is None:
        return msgspec.UNSET
    found = []
    for position, entry in enumerate(entries):
        try:
            found.append(msgspec.convert(entry, kind))
        except msgspec.ValidationError as exc:
            said, _, inside = str(exc).partition(" - at `$")
            where = f"{place}[{position}]{inside.rstrip('`')}"
            raise Usage(f"{where}: {said[:1].lower()}{said[1:]}") from exc
    return tuple(found)


def show(here: Invocation, found: schedules.Applied) -> None:
    """Show what was done, or would be."""
    here.show(found, name=declared.names, text=declared.applied_text)


def request(
    entries: Sequence[dict[str, Any]], *, prune: bool = False, dry_run: bool = False
) -> schedules.ApplyRequest:
    """Return the request of a document."""
    return schedules.ApplyRequest(schedules=tuple(entries), prune=prune, dry_run=dry_run)


def _confirm(here: Invocation, client: Client, body: schedules.ApplyRequest) -> None:
    """Ask before anything is removed; where nothing would be there is nothing to ask."""
    planned = client.apply_schedules(msgspec.structs.replace(body, dry_run=True))
    gone = [each.name for each in planned.removed]
    gone += declared.removed_besides(planned)
    if not gone:
        return
    names = ", ".join(gone)
    answer = here.env.ask(f"Remove {names}? Type yes", flag="--yes")
    if answer.lower() != "yes":
        raise Failure("nothing was changed")


def _text(here: Invocation, file: str) -> str:
    try:
        if file == "-":
            return here.env.stdin.read(documents.LARGEST + 1)
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(documents.LARGEST + 1)
    except UnicodeDecodeError as exc:
        raise Usage(f"{file}: it is no UTF-8 text") from exc
