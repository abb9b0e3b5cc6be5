"""Schedules from what is there: crontabs and systemd units, proposed or applied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dockschedctl import documents, ondemand
from dockschedctl.commands import declaring, finding
from dockschedctl.failures import Failure, Usage
from dockschedctl.importing import compose, crontab, proposals, systemd
from dockschedctl.invocation import Invocation, of
from dockschedctl.wording import printable
from dockschedd.wire import stacks

if TYPE_CHECKING:
    from collections.abc import Mapping

app = ondemand.app("Propose schedules from crontabs and systemd units.")

_BY_CONTAINER: Final = re.compile(r"\bdocker\s+(container\s+)?(re)?(stop|start|(un)?pause)\b")
_UNITS: Final = "/etc/systemd/system"

Zone = Annotated[
    str | None,
    typer.Option(
        "--tz", metavar="ZONE", help="Zone of those that name none.  [default: the daemon's]"
    ),
]
AsStopStart = Annotated[
    bool,
    typer.Option("--as-stop-start", help="Propose stop for `down`, and start for `up -d`."),
]
Apply = Annotated[
    bool, typer.Option("--apply", help="Add the schedules, instead of only proposing them.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only propose; it is so without --apply anyway.")
]


@app.command(
    "crontab",
    cls=ondemand.Document,
    epilog="""
    dockschedctl import crontab /etc/crontab /etc/cron.d/docker > proposed.yaml
    dockschedctl schedule apply -f proposed.yaml --diff
    """,
)
def import_crontab(
    ctx: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Crontabs; `-` is standard input.", show_default=False
        ),
    ],
    *,
    user: Annotated[
        bool, typer.Option("--user", help="They have no column for the user, as `crontab -l`.")
    ] = False,
    system: Annotated[
        bool,
        typer.Option("--system", help="They have a column for the user, as /etc/crontab."),
    ] = False,
    tz: Zone = None,
    as_stop_start: AsStopStart = False,
    apply: Apply = False,
    dry_run: DryRun = False,
) -> None:
    """Propose schedules for the lines that stop and start stacks.

    Your own crontab: `crontab -l | dockschedctl import crontab -`.

    Files below /etc have a column for the user, others have none, unless told. Nothing is
    guessed: lines that are not proposed are listed on stderr, each with the reason.
    """
    if user and system:
        raise Usage("--user and --system exclude each other")
    _check(apply=apply, dry_run=dry_run)
    here = of(ctx)
    texts = {file: _text(here, file) for file in files}
    known = _known(here, texts, as_stop_start=as_stop_start)
    has_user = system if user or system else None
    found = [
        crontab.read(
            crontab.Source(name="crontab" if name == "-" else name, text=text, has_user=has_user),
            known,
            zone=tz,
        )
        for name, text in texts.items()
    ]
    _finish(here, found, apply=apply)


@app.command(
    "systemd",
    cls=ondemand.Document,
    epilog="""
    dockschedctl import systemd
    dockschedctl import systemd /etc/systemd/system ~/.config/systemd/user --apply
    """,
)
def import_systemd(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DIR|FILE]...",
            help=f"Units, with the services that they begin.  [default: {_UNITS}]",
            show_default=False,
        ),
    ] = None,
    *,
    tz: Zone = None,
    as_stop_start: AsStopStart = False,
    apply: Apply = False,
    dry_run: DryRun = False,
) -> None:
    """Propose schedules for the units that stop and start stacks at certain times.

    Nothing is guessed: what is not proposed is listed on stderr, each with the reason.
    """
    _check(apply=apply, dry_run=dry_run)
    here = of(ctx)
    texts = {file: _text(here, file) for path in paths or [_UNITS] for file in _units(path)}
    known = _known(here, texts, as_stop_start=as_stop_start)
    _finish(here, [systemd.read(texts, known, zone=tz)], apply=apply)


def _check(*, apply: bool, dry_run: bool) -> None:
    if apply and dry_run:
        raise Usage("--apply and --dry-run exclude each other")


def _text(here: Invocation, file: str) -> str:
    if file == "-":
        return here.env.stdin.read(documents.LARGEST)
    # What is no UTF-8 is somewhere in a comment; cron does not mind either.
    return Path(file).read_text(encoding="utf-8", errors="replace")


def _units(path: str) -> list[str]:
    if not Path(path).is_dir():
        return [path]
    found = [each for each in Path(path).iterdir() if each.suffix in (".timer", ".service")]
    return sorted(str(each) for each in found if each.is_file())


def _known(here: Invocation, texts: Mapping[str, str], *, as_stop_start: bool) -> compose.Known:
    """Return what lines can mean; the daemon is asked only where containers are named."""
    found = None
    if any(_BY_CONTAINER.search(text) for text in texts.values()):
        try:
            found = _stacks(here)
        except Failure as exc:
            here.env.say(f"note: stacks of containers are not known: {exc.message}")
    return compose.Known(variables={"HOME": "~"}, stacks=found, as_stop_start=as_stop_start)


def _stacks(here: Invocation) -> dict[str, frozenset[str]]:
    with here.client() as client:
        rows = finding.every(
            lambda limit, cursor: client.list_stacks(stacks.StackQuery(limit=limit, cursor=cursor))
        )
        return {
            row.name: frozenset(
                each.name
                for each in client.show_stack(row.host, row.stack).containers
                if not each.oneshot
            )
            for row in rows
        }


def _finish(here: Invocation, found: list[proposals.Found], *, apply: bool) -> None:
    entries = proposals.entries([each for one in found for each in one.proposals])
    for one in found:
        for each in one.leftovers:
            here.env.say(printable(f"not proposed: {each.source}: {each.reason}"))
            here.env.say(printable(f"    {each.text}"))
    if not apply:
        declaring.write(here, entries)
        more = "; nothing has been changed, --apply adds them" if entries else ""
        here.env.say(f"{len(entries)} proposed{more}")
        return
    if not entries:
        here.env.say("0 proposed")
        return
    wanted: list[dict[str, Any]] = [dict(each.fields) for each in entries]
    with here.client() as client:
        declaring.show(here, client.apply_schedules(declaring.request(wanted)))
