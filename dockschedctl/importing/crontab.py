"""Crontabs, as cron reads them: crontab(5) of Debian and of cronie.

Lines become proposals or leftovers; none is lost and nothing is raised for any text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dockschedctl.importing import compose
from dockschedctl.importing.proposals import Found, Leftover, Proposal
from dockschedctl.importing.shell import Unclear

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE: Final = re.compile(r"""\s*(["']?)([A-Za-z_]\w*)\1\s*=\s*(.*)""", re.ASCII)
_ITEM: Final = r"(?:\*|\d+|[A-Za-z]{3})(?:[-~#](?:\d+|[A-Za-z]{3}))?(?:/\d+)?"
_FIELD: Final = re.compile(f"(?:{_ITEM}|~)(?:,{_ITEM})*", re.ASCII)
_ALIASES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS: Final = 5
#: Directories whose files have a column for the user.
_SYSTEM: Final = re.compile(r"/etc/(crontab$|cron\.d/)")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One crontab."""

    name: str
    text: str
    #: Whether a column for the user stands before the command; None: as its name says.
    has_user: bool | None = None

    @property
    def is_system(self) -> bool:
        """Whether the sixth field is a user's name."""
        if self.has_user is not None:
            return self.has_user
        return _SYSTEM.search(self.name) is not None


def read(source: Source, known: compose.Known, *, zone: str | None = None) -> Found:
    """Return what the crontab's lines would be; `zone` is for those that name none."""
    proposals: list[Proposal] = []
    leftovers: list[Leftover] = []
    for each in _Table(source, known, zone).lines():
        if isinstance(each, Proposal):
            proposals.append(each)
        else:
            leftovers.append(each)
    return Found(proposals=tuple(proposals), leftovers=tuple(leftovers))


class _Table:
    """A crontab being read: variables and comments hold for the lines below them."""

    def __init__(self, source: Source, known: compose.Known, zone: str | None) -> None:
        self._source = source
        self._known = known
        self._zone = zone
        self._variables = dict(known.variables)
        self._comments: list[str] = []

    def lines(self) -> Iterator[Proposal | Leftover]:
        for number, raw in enumerate(self._source.text.split("\n"), 1):
            line = raw.strip()
            if not line:
                self._comments = []
            elif line.startswith("#"):
                if said := line.lstrip("# ").strip():
                    self._comments.append(said)
            elif variable := _VARIABLE.fullmatch(line):
                self._set(variable[2], variable[3].strip())
                self._comments = []
            else:
                where = f"{self._source.name} line {number}"
                try:
                    yield from self._proposals(line, where)
                except Unclear as exc:
                    yield Leftover(source=where, text=line, reason=str(exc))
                self._comments = []

    def _set(self, name: str, value: str) -> None:
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if name == "CRON_TZ":
            self._zone = value or None
        else:
            self._variables[name] = value

    def _proposals(self, line: str, where: str) -> Iterator[Proposal]:
        cron, command = _split(line)
        if self._source.is_system:
            user, _, command = command.partition(" ")
            if not command.strip():
                raise Unclear(f"there is no command after the user `{user[:40]}`")
        command = _until_percent(command.strip())
        known = msgspec.structs.replace(
            self._known, variables=self._variables, directory=self._known.directory
        )
        try:
            found = compose.read(command, known)
        except Unclear as exc:
            raise Unclear(f"{exc}{self._column_hint(command)}") from exc
        when: dict[str, Any] = {"cron": cron}
        if self._zone is not None:
            when["zone"] = self._zone
        for each in found:
            yield Proposal(
                source=where,
                text=line,
                when=when,
                action=each.action,
                selector=each.selector,
                options=each.options,
                notes=(*self._comments, *each.notes),
            )

    def _column_hint(self, command: str) -> str:
        is_user = command.split(" ", 1)[0] == "root"
        return "; if that is a column for the user, give --system" if is_user else ""


def _split(line: str) -> tuple[str, str]:
    """Return the five fields and what stands behind them. Raises Unclear."""
    if line.startswith("@"):
        alias, _, command = line.replace("\t", " ").partition(" ")
        if alias.lower() == "@reboot":
            raise Unclear("@reboot: whether containers start with the machine is for their "
                          "restart policy to say")  # fmt: skip
        if alias.lower() not in _ALIASES:
            raise Unclear(f"`{alias[:40]}` names no time")
        return _ALIASES[alias.lower()], command
    # A minus tells cronie not to log the line.
    parts = line.removeprefix("-").split(None, _FIELDS)
    if len(parts) <= _FIELDS or not all(_FIELD.fullmatch(part) for part in parts[:_FIELDS]):
        raise Unclear("it is no line of a crontab: five fields and a command")
    if any("~" in part for part in parts[:_FIELDS]):
        raise Unclear("`~` draws the time by chance")
    return " ".join(parts[:_FIELDS]), parts[_FIELDS]


def _until_percent(command: str) -> str:
    """Return what sh gets: up to the first `%`, which begins standard input."""
    before = re.split(r"(?<!\\)%", command, maxsplit=1)[0]
    return before.replace("\\%", "%")
