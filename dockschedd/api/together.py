"""Conflicts of schedules that are saved together, as a document does: also with each other.

They are compared as everything will be once they are saved. Very many are not all compared,
which is said.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.api import contradictions, matching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from dockschedd.api.services import Services
    from dockschedd.core import findings, model, parties

#: Of more than these only the first, by name, are compared with the others.
MOST_CHECKED: Final = 200
#: How many pairs of schedules are looked at for one answer; the first is compared whatever it
#: takes.
_MOST_PAIRS: Final = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What is saved together."""

    #: As they will be, by name.
    schedules: Sequence[model.Schedule]
    #: The ids of those that will not be as they are in the store, or not be there.
    replaced: Collection[str]
    #: Stacks of which the first will need the second; None: as it is in the store.
    required: Collection[tuple[model.StackRef, model.StackRef]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Conflicts, each with the first of the saved schedules that is part of it."""

    conflicts: tuple[tuple[str, findings.Finding], ...] = ()
    checked: int = 0
    #: How many there were to check.
    concerned: int = 0
    #: Whether those that were checked were compared with all others.
    complete: bool = True

    def warnings(self) -> tuple[str, ...]:
        """Return what is said when they are saved all the same."""
        answer = contradictions.Answer(
            conflicts=tuple(each for _, each in self.conflicts), notices=(), complete=True
        )
        said = contradictions.warnings(answer)
        if self.checked == self.concerned and self.complete:
            return said
        which = f"{self.checked} of {self.concerned} added or changed schedules"
        more = "" if self.complete else ", and not with all"
        see = "see `dockschedctl schedule conflicts`"
        return (*said, f"only {which} were compared with the others{more}: {see}")


async def conflicts(services: Services, saved: Saved, *, now: datetime) -> Found:
    """Return the conflicts of what is saved, with all others and among themselves."""
    every = matching.Matcher(services.inventory)
    concerned = [
        (each, stacks)
        for each in saved.schedules
        if each.enabled and not each.done and (stacks := every.stacks(each.selector))
    ]
    if not concerned:
        return Found()
    first = concerned[:MOST_CHECKED]
    meant: frozenset[model.StackRef] = frozenset().union(*(stacks for _, stacks in first))
    async with services.store.reading() as unit:
        required = saved.required
        if required is None:
            required = await contradictions.required_pairs(unit, services.inventory)
        matcher = matching.Matcher(services.inventory, contradictions.and_next(meant, required))
        stored = await matching.concerning(
            unit, matcher, enabled_only=True, limit=contradictions.MOST_COMPARED
        )
        expected = await contradictions.durations(unit, meant, now=now)
    there = [each for each in stored.items if each[0].id not in saved.replaced]
    there += [(each, matcher.stacks(each.selector)) for each, _ in concerned]
    by_stack = _by_stack(contradictions.party_of(*each) for each in there)
    found: dict[findings.Finding, str] = {}
    checked = pairs = 0
    for schedule, stacks in first:
        group = _on(by_stack, contradictions.and_next(stacks, required), but=schedule.id)
        pairs += len(group) ** 2
        if checked and pairs > _MOST_PAIRS:
            break
        answer = await contradictions.compare(
            [contradictions.party_of(schedule, stacks), *group],
            now=now,
            horizon=contradictions.HORIZON,
            expected=expected,
            about=schedule.name,
            required=required,
            complete=stored.complete,
        )
        checked += 1
        for each in answer.conflicts:
            found.setdefault(each, schedule.name)
    return Found(
        conflicts=tuple((name, each) for each, name in found.items()),
        checked=checked,
        concerned=len(concerned),
        complete=stored.complete,
    )


def refuse(found: Found, places: Mapping[str, str]) -> None:
    """Raise Contradicts with the places of the schedules, where there is any conflict."""
    if found.conflicts:
        raise contradictions.Contradicts(
            "the schedules contradict each other, or others",
            (contradictions.fault(each, path=places[name]) for name, each in found.conflicts),
        )


def _by_stack(
    everyone: Iterable[parties.Party],
) -> Mapping[model.StackRef, Sequence[parties.Party]]:
    found: dict[model.StackRef, list[parties.Party]] = defaultdict(list)
    for party in everyone:
        for stack in party.stacks:
            found[stack].append(party)
    return found


def _on(
    by_stack: Mapping[model.StackRef, Sequence[parties.Party]],
    stacks: Iterable[model.StackRef],
    *,
    but: str,
) -> tuple[parties.Party, ...]:
    """Return those on any of the stacks, without the one of that id."""
    found = {party.id: party for stack in stacks for party in by_stack.get(stack, ())}
    found.pop(but, None)
    return tuple(found.values())
