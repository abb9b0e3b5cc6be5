"""What a document makes of what is there, as people read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dockschedctl.output.tables import View
    from dockschedd.wire import schedules


def applied_text(applied: schedules.Applied, view: View) -> Iterator[str]:
    """Yield what is added (+), changed (~) and removed (-), and how much is unchanged."""
    _ = view
    yield from _groups(applied.groups)
    found = applied.calendars
    if found is not None:
        yield from (f"+ calendar {name}" for name in found.added)
        yield from (f"- calendar {name}" for name in found.removed)
        yield from (f"~ calendar {each.name}: {each.text}" for each in found.changed)
    yield from _requirements(applied.requirements)
    yield from _holds(applied.holds)
    for mark, lines in (("+", applied.added), ("-", applied.removed)):
        for each in lines:
            yield printable(f"{mark} {each.name}: {each.action} {each.selector} {each.reads}")
    for change in applied.changed:
        yield f"~ {change.name}"
        yield from _fields(change.fields)
    yield from (f"warning: {printable(said)}" for said in applied.warnings)
    done = _counts(applied.added, applied.changed, applied.removed, applied.unchanged)
    if (sets := applied.groups) is not None:
        counts = _counts(sets.added, sets.changed, sets.removed, sets.unchanged)
        done += f"; groups: {counts}"
    if found is not None:
        counts = _counts(found.added, found.changed, found.removed, found.unchanged)
        done += f"; calendars: {counts}"
    if (said := applied.requirements) is not None:
        done += f"; requirements: {_counts(said.added, (), said.removed, said.unchanged)}"
    if (held := applied.holds) is not None:
        done += f"; holds: {_counts(held.added, held.changed, held.removed, held.unchanged)}"
    yield f"would be: {done}; nothing has been changed" if applied.dry_run else done


def _groups(found: schedules.GroupsApplied | None) -> Iterator[str]:
    if found is not None:
        yield from (f"+ group {name}" for name in found.added)
        yield from (f"- group {name}" for name in found.removed)
        yield from (f"~ group {each.name}: {each.text}" for each in found.changed)


def _requirements(found: schedules.RequirementsApplied | None) -> Iterator[str]:
    for mark, pairs in (("+", found.added), ("-", found.removed)) if found else ():
        yield from (f"{mark} requirement: {each.stack} needs {each.needs}" for each in pairs)


def _holds(found: schedules.HoldsApplied | None) -> Iterator[str]:
    if found is None:
        return
    for mark, lines in (("+", found.added), ("-", found.removed)):
        for each in lines:
            yield printable(f"{mark} hold of {each.stack}: {each.reads}")
    for change in found.changed:
        yield f"~ hold of {change.stack}"
        yield from _fields(change.fields)


def _fields(found: Sequence[schedules.FieldChange]) -> Iterator[str]:
    for field in found:
        yield printable(f"    {field.field}: {field.old} → {field.new}")


def _counts(
    added: Collection[object],
    changed: Collection[object],
    removed: Collection[object],
    unchanged: Collection[object],
) -> str:
    counts = [
        f"{len(items)} {word}"
        for items, word in ((added, "added"), (changed, "changed"), (removed, "removed"))
        if items
    ]
    return ", ".join([*counts, f"{len(unchanged)} unchanged"])


def differs(applied: schedules.Applied) -> bool:
    """Return whether a document and what is there are not the same."""
    days, said, held = applied.calendars, applied.requirements, applied.holds
    sets = applied.groups
    return bool(
        applied.added
        or applied.changed
        or applied.removed
        or (sets is not None and (sets.added or sets.changed or sets.removed))
        or (days is not None and (days.added or days.changed or days.removed))
        or (said is not None and (said.added or said.removed))
        or (held is not None and (held.added or held.changed or held.removed))
    )


def removed_besides(applied: schedules.Applied) -> list[str]:
    """Return what is removed besides schedules, each as a phrase."""
    days, said, held = applied.calendars, applied.requirements, applied.holds
    sets = applied.groups
    return [
        *(f"group {name}" for name in (sets.removed if sets else ())),
        *(f"calendar {name}" for name in (days.removed if days else ())),
        *(f"requirement {each.stack} → {each.needs}" for each in (said.removed if said else ())),
        *(f"hold of {each.stack}" for each in (held.removed if held else ())),
    ]


def names(applied: schedules.Applied) -> str:
    """Return the names of what is added, changed or removed, one per line."""
    lines = {each.name for each in (*applied.added, *applied.removed)}
    return "\n".join(sorted(lines | {each.name for each in applied.changed}))
