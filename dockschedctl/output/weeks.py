"""Seven days of stacks as people read them: the picture, and what is to be said of it. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from dockschedctl.output import slots, tables
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from dockschedctl.output.slots import Glyph, Scale
    from dockschedctl.output.tables import View
    from dockschedd.wire import week as wire

#: Names are not cut shorter than this, whatever the days need.
_LEAST: Final = 12


def together(pages: Iterable[wire.Week]) -> wire.Week:
    """Return one answer of all its pages, of which there is at least one."""
    every = list(pages)
    return msgspec.structs.replace(
        every[0],
        items=tuple(each for page in every for each in page.items),
        complete=all(page.complete for page in every),
        next=None,
    )


def names(found: wire.Week) -> str:
    """Return the stacks, one per line."""
    return "\n".join(each.stack for each in found.items)


def text(found: wire.Week, view: View) -> Iterator[str]:
    """Yield the picture, then what contradicts each other, and what else there is to know."""
    on, name = _layout(found, view)
    yield from _head(on, view, name)
    for each in found.items:
        label = tables.cut_inside(printable(each.stack), name)
        label += " " * (name - tables.width(label))
        yield f"{label}{tables.GAP}{_days(slots.cells(each, on), on, view)}"
    yield from _remarks(found, on, view)


def legend(found: wire.Week, view: View) -> str:
    """Return what the symbols of the picture mean, those that it has."""
    on, _ = _layout(found, view)
    used = {glyph.symbol for each in found.items for glyph in slots.cells(each, on)}
    return slots.legend(used | {slots.NOW} if on.slot(view.now) is not None else used)


def _layout(found: wire.Week, view: View) -> tuple[Scale, int]:
    """Return the slots, and how wide the names are."""
    longest = max(tables.width(each) for each in ("STACK", *(s.stack for s in found.items)))
    zone = slots.zone_of(found.zone)
    if view.width is None:
        return slots.scale(found.days, zone, room=None), longest
    gap = len(tables.GAP)
    on = slots.scale(found.days, zone, room=view.width - min(longest, _LEAST) - gap)
    return on, min(longest, max(_LEAST, view.width - on.width - gap))


def _head(on: Scale, view: View, name: int) -> Iterator[str]:
    days = " ".join(f"{head:{on.per_day}}" for head in slots.heads(on)).rstrip()
    yield view.style(f"{'STACK':{name}}{tables.GAP}{days}", "head")
    hours = " ".join(slots.hours(on, view.now)).rstrip()
    yield view.style(f"{'':{name}}{tables.GAP}{hours}", "dim")


def _days(glyphs: Sequence[Glyph], on: Scale, view: View) -> str:
    parts = []
    for day in range(on.days):
        row = glyphs[day * on.per_day : (day + 1) * on.per_day]
        same = groupby(row, key=lambda each: each.style)
        parts.append("".join(view.style("".join(g.symbol for g in gs), s) for s, gs in same))
    return " ".join(parts)


def _remarks(found: wire.Week, on: Scale, view: View) -> Iterator[str]:
    for line in slots.uneven(on):
        yield f"note: {line}"
    for each in found.items:
        for clash in each.conflicts or ():
            yield from _told("conflict", "bad", clash_text(clash), view)
        if each.more_conflicts:
            more = count(each.more_conflicts, "more conflict")
            yield from _told("conflict", "bad", f"{each.stack} has {more}", view)
        for block in each.blocks:
            if block.kind != "freeze":
                yield from _told("note", "dim", printable(block.text), view)
        if each.told_until is not None:
            text_ = f"of {each.stack} not everything is told: too much happens"
            yield from _told("note", "dim", text_, view)
    unasked = sum(each.conflicts is None for each in found.items)
    if unasked:
        text_ = f"conflicts of {count(unasked, 'stack')} were not looked for: name one"
        yield from _told("note", "dim", text_, view)
    if not found.complete:
        yield "there are more schedules than were looked at: name a stack"


def clash_text(clash: wire.Clash) -> str:
    """Return a conflict as a sentence, with how often it comes about."""
    often = f" ({clash.count} times)" if clash.count > 1 else ""
    return f"{printable(clash.text)}{often}"


def _told(word: str, style: str, said: str, view: View) -> Iterator[str]:
    first, *others = tables.folded(f"{word}: {said}", view, indent=tables.GAP)
    yield view.style(word, style) + first.removeprefix(word)
    yield from others


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what happens to a stack on a day."""

    at: datetime
    symbol: str
    text: str
    style: str = ""


def events(stack: wire.StackWeek, begin: datetime, end: datetime) -> tuple[Event, ...]:
    """Return what happens to a stack in [begin, end), with how it is at the beginning."""
    found = [
        Event(at=begin, symbol=slots.STATES.get(span.state, ""), text=_is(span))
        for span in stack.spans
        if span.from_at <= begin < span.until_at
    ]
    for block in stack.blocks:
        if block.from_at < end and block.until_at > begin:
            at = max(block.from_at, begin)
            found.append(Event(at=at, symbol="◆", text=printable(block.text), style="warn"))
    found += (_event(mark) for mark in stack.marks if begin <= mark.at < end)
    for clash in stack.conflicts or ():
        found += (
            Event(at=at, symbol=slots.CONFLICT, text=printable(clash.text), style="bad")
            for at in clash.at
            if begin <= at < end
        )
    if stack.told_until is not None and stack.told_until < end:
        at = max(stack.told_until, begin)
        text_ = "more happens than is told"
        found.append(Event(at=at, symbol=slots.UNTOLD, text=text_, style="warn"))
    return tuple(sorted(found, key=lambda each: each.at))


def _is(span: wire.Span) -> str:
    if span.state == "any":
        return "any: no schedule has decided"
    return f"{span.state}, by {printable(span.schedule or 'a hold')}"


def _event(mark: wire.Mark) -> Event:
    symbol = slots.ACTIONS.get(mark.action, slots.SEVERAL) if mark.acts else slots.LEFT_OUT
    often = f", {mark.times} times on this day" if mark.times > 1 else ""
    note = f"; {printable(mark.note)}" if mark.note else ""
    if not mark.acts:
        said = (
            f"no {mark.action} by {printable(mark.schedule)}{often}{note.replace('; ', ': ', 1)}"
        )
        return Event(at=mark.at, symbol=symbol, text=said, style="warn")
    said = f"{mark.action} by {printable(mark.schedule)}{often}{note}"
    return Event(at=mark.at, symbol=symbol, text=said)
