"""Instants in cells: short where the day is near. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedctl.output import tables, times

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When rows are read, and in which zone."""

    now: datetime
    zone: tzinfo | None = None

    @property
    def grain(self) -> int:
        """What changes when cells with relative times do: every ten seconds."""
        return int(self.now.timestamp()) // 10

    def view(self, width: int) -> tables.View:
        """Return how texts of the command line are written into so many columns."""
        return tables.View(now=self.now, zone=self.zone, width=width)

    def short(self, at: datetime) -> str:
        """Return `22:00` for today, `Wed 07:00` within a week, else the date."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone)
        days = abs((local.date() - today.date()).days)
        if days == 0:
            return local.strftime("%H:%M")
        return local.strftime("%a %H:%M" if days < 7 else "%Y-%m-%d")  # noqa: PLR2004 (a week)

    def exact(self, at: datetime) -> str:
        """Return it to the second, with the day where that is another one."""
        short = self.short(at)
        clock = f"{at.astimezone(self.zone):%H:%M:%S}"
        return clock if ":" in short and " " not in short else f"{short.split(' ')[0]} {clock}"

    def ahead(self, at: datetime) -> str:
        """Return the same, and for today how far away it is: `22:00 (8 h)`."""
        short = self.short(at)
        if ":" in short and " " not in short and at > self.now:
            return f"{short} ({times.span(at - self.now)})"
        return short
