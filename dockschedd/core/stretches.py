"""When schedules leave one stack alone, as stretches of time that do not overlap.

Says for a whole interval what core.holds says for one instant: the freeze before a hold, a hold
before the days off of the host.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dockschedd.core import holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from dockschedd.core import model

_TICK: Final = timedelta.resolution


class Kind(StrEnum):
    """What keeps schedules from it."""

    FREEZE = "freeze"
    HOLD = "hold"
    DAY_OFF = "day-off"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """The interval [begin, end) in which the same keeps schedules from the stack."""

    begin: datetime
    end: datetime
    kind: Kind
    #: The same as a sentence.
    text: str


@dataclass(frozen=True, slots=True)
class Stretches:
    """All of one stack in an interval, ascending."""

    items: tuple[Stretch, ...]

    def at(self, at: datetime) -> Stretch | None:
        """Return the one that covers the instant."""
        place = bisect_right(self.items, at, key=lambda each: each.begin)
        if not place or self.items[place - 1].end <= at:
            return None
        return self.items[place - 1]

    def ends(self) -> Iterator[datetime]:
        """Return the instants from which on nothing keeps schedules from it any more."""
        begins = {each.begin for each in self.items}
        return (each.end for each in self.items if each.end not in begins)


def find(
    blocks: holds.Blocks, ref: model.StackRef, *, begin: datetime, end: datetime
) -> Stretches:
    """Return when schedules leave the stack alone in [begin, end)."""
    claims: list[Stretch] = []
    if blocks.freeze is not None:
        text = holds.frozen(blocks.freeze)
        claims += _lasting(blocks.freeze, Kind.FREEZE, text, begin=begin, end=end)
    hold = blocks.holds.get(ref)
    if hold is not None:
        text = f"`{ref}` is {holds.held(hold)}"
        claims += _lasting(hold, Kind.HOLD, text, begin=begin, end=end)
    off = blocks.days_off.get(ref.host)
    if off is not None:
        claims += (
            Stretch(begin=since, end=until, kind=Kind.DAY_OFF, text=off.reads(since))
            for since, until in off.between(begin, end)
        )
    found: list[Stretch] = []
    for each in claims:
        found += _left_of(each, found)
    return Stretches(tuple(sorted(found, key=lambda each: each.begin)))


def last_free(blocks: holds.Blocks, ref: model.StackRef, *, until: datetime) -> datetime:
    """Return the last instant up to `until` at which nothing keeps schedules from the stack."""
    at = until
    while True:
        off = blocks.days_off.get(ref.host)
        lasting = (blocks.freeze, blocks.holds.get(ref))
        block = next((b for b in lasting if b is not None and holds.is_active(b, at)), None)
        if block is not None:
            at = block.since - _TICK
        elif off is not None and off.covers(at):
            at = off.since(at) - _TICK
        else:
            return at


def _lasting(
    block: holds.Hold | holds.Freeze, kind: Kind, text: str, *, begin: datetime, end: datetime
) -> Iterator[Stretch]:
    since = max(begin, block.since)
    until = end if block.until is None else min(end, block.until)
    if since < until:
        yield Stretch(begin=since, end=until, kind=kind, text=text)


def _left_of(claim: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    """Yield what others leave of it."""
    begin = claim.begin
    for each in sorted(taken, key=lambda each: each.begin):
        if each.end <= begin or each.begin >= claim.end:
            continue
        if begin < each.begin:
            yield _cut(claim, begin, each.begin)
        begin = each.end
    if begin < claim.end:
        yield _cut(claim, begin, claim.end)


def _cut(claim: Stretch, begin: datetime, end: datetime) -> Stretch:
    return Stretch(begin=begin, end=end, kind=claim.kind, text=claim.text)
