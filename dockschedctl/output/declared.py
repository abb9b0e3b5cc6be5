"""What a document makes of the schedules, as people read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import schedules


def applied_text(applied: schedules.Applied, view: View) -> Iterator[str]:
    """Yield what is added (+), changed (~) and removed (-), and how much is unchanged."""
    _ = view
    found = applied.calendars
    if found is not None:
        yield from (f"+ calendar {name}" for name in found.added)
        yield from (f"- calendar {name}" for name in found.removed)
        yield from (f"~ calendar {each.name}: {each.text}" for each in found.changed)
    for mark, lines in (("+", applied.added), ("-", applied.removed)):
        for each in lines:
            yield printable(f"{mark} {each.name}: {each.action} {each.selector} {each.reads}")
    for change in applied.changed:
        yield f"~ {change.name}"
        for field in change.fields:
            yield printable(f"    {field.field}: {field.old} → {field.new}")
    yield from (f"warning: {printable(said)}" for said in applied.warnings)
    counts = [
        f"{len(found)} {word}"
        for found, word in (
            (applied.added, "added"),
            (applied.changed, "changed"),
            (applied.removed, "removed"),
        )
        if found
    ]
    done = ", ".join([*counts, f"{len(applied.unchanged)} unchanged"])
    if found is not None:
        done += f"; calendars: {_counts(found)}"
    yield f"would be: {done}; nothing has been changed" if applied.dry_run else done


def _counts(found: schedules.CalendarsApplied) -> str:
    counts = [
        f"{len(items)} {word}"
        for items, word in (
            (found.added, "added"),
            (found.changed, "changed"),
            (found.removed, "removed"),
        )
        if items
    ]
    return ", ".join([*counts, f"{len(found.unchanged)} unchanged"])


def differs(applied: schedules.Applied) -> bool:
    """Return whether a document and what is there are not the same."""
    found = applied.calendars
    return bool(
        applied.added
        or applied.changed
        or applied.removed
        or (found is not None and (found.added or found.changed or found.removed))
    )


def names(applied: schedules.Applied) -> str:
    """Return the names of what is added, changed or removed, one per line."""
    lines = {each.name for each in (*applied.added, *applied.removed)}
    return "\n".join(sorted(lines | {each.name for each in applied.changed}))
