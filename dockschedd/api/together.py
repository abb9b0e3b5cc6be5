"""Conflicts of schedules that are saved together, as a document does: also with each other.

They are compared as everything will be once they are saved. Of very many not all are compared,
which is said.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.api import contradictions, matching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from dockschedd.api.services import Services
    from dockschedd.core import findings, model, parties, selectors

#: Of more than these only the first, by name, are compared with the others.
MOST_CHECKED: Final = 200
#: Seconds after which no further ones are compared for one answer.
_LONGEST: Final = 3.0
#: Of schedules on the same stacks that are saved together, as many as this part of all that are
#: on them are compared with each other in one go.
_MANY: Final = 0.25


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


async def conflicts(
    services: Services,
    saved: Saved,
    *,
    now: datetime,
    groups: selectors.Groups | None = None,
) -> Found:
    """Return the conflicts of what is saved, with all others and among themselves.

    `groups`: as they will be; None: as they are.
    """
    if groups is None:
        groups = await services.groups()
    every = matching.Matcher(services.inventory, groups=groups)
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
        matcher = matching.Matcher(
            services.inventory, contradictions.and_next(meant, required), groups=groups
        )
        stored = await matching.concerning(
            unit, matcher, enabled_only=True, limit=contradictions.MOST_COMPARED
        )
        expected = await contradictions.durations(unit, meant, now=now)
        off = (await unit.holds.blocks()).days_off
    there = [each for each in stored.items if each[0].id not in saved.replaced]
    there += [(each, matcher.stacks(each.selector)) for each, _ in concerned]
    by_stack = _by_stack(contradictions.party_of(*each) for each in there)
    loop = asyncio.get_running_loop()
    began = loop.time()
    found: dict[findings.Finding, str] = {}
    checked, complete = 0, stored.complete
    for names, about, group in _rounds(first, by_stack, required):
        if checked and loop.time() - began > _LONGEST:
            break
        compared, all_of_them = contradictions.bounded(group) if about is None else (group, True)
        answer = await contradictions.compare(
            compared,
            now=now,
            horizon=contradictions.HORIZON,
            expected=expected,
            about=about,
            required=required,
            off=off,
            complete=all_of_them,
        )
        checked += len(names)
        complete = complete and all_of_them
        for each in answer.conflicts:
            if meant_by := each.names() & names:
                found.setdefault(each, min(meant_by))
    return Found(
        conflicts=tuple((name, each) for each, name in found.items()),
        checked=checked,
        concerned=len(concerned),
        complete=complete,
    )


def _rounds(
    saved: Iterable[tuple[model.Schedule, frozenset[model.StackRef]]],
    by_stack: Mapping[model.StackRef, Sequence[parties.Party]],
    required: Collection[tuple[model.StackRef, model.StackRef]],
) -> Iterator[tuple[frozenset[str], str | None, Collection[parties.Party]]]:
    """Yield what is compared at once: which saved ones, about whom, and all that concern them."""
    batches: dict[frozenset[model.StackRef], list[model.Schedule]] = defaultdict(list)
    for schedule, stacks in saved:
        batches[contradictions.and_next(stacks, required)].append(schedule)
    for stacks, batch in batches.items():
        names = frozenset(each.name for each in batch)
        group = {party.id: party for stack in stacks for party in by_stack.get(stack, ())}
        if len(batch) > 1 and len(batch) > _MANY * len(group):
            # Those that are saved first: there may be too many to compare all.
            yield names, None, sorted(group.values(), key=lambda each: each.name not in names)
        else:
            yield from ((frozenset((each,)), each, group.values()) for each in sorted(names))


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
