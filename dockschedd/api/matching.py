"""Which schedules concern which stacks: found by their selectors, few among very many.

A selector means what it means when it fires: an exact name is meant also while its host is
away, and one that several hosts have means none of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dockschedd.core import fleet, model, selectors
from dockschedd.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dockschedd import ports

#: No more schedules than these are looked at for one answer.
MOST: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Schedules, and the stacks among those that are meant that each matches."""

    items: tuple[tuple[model.Schedule, frozenset[model.StackRef]], ...]
    #: False: there are more.
    complete: bool


class Matcher:
    """Answers for many selectors against one set of stacks."""

    def __init__(
        self,
        inventory: ports.Inventory,
        meant: Collection[model.StackRef] | None = None,
        *,
        groups: selectors.Groups,
    ) -> None:
        self._groups = groups
        names: dict[str, list[model.StackRef]] = defaultdict(list)
        for ref in inventory.refs():
            names[ref.name].append(ref)
        self._by_name: Mapping[str, list[model.StackRef]] = names
        self._meant = frozenset(inventory.refs() if meant is None else meant)
        #: Whether an exact name outside the inventory is meant as well.
        self._open = meant is None
        self._default_host = fleet.default_host(view.name for view in inventory.hosts())
        self._known: dict[str, frozenset[model.StackRef]] = {}

    @property
    def only(self) -> model.StackRef | None:
        """The one stack that is meant; None where it is not one."""
        return next(iter(self._meant)) if len(self._meant) == 1 and not self._open else None

    def stacks(self, selector: str) -> frozenset[model.StackRef]:
        """Return the stacks that the selector of a schedule matches."""
        if selector not in self._known:
            self._known[selector] = frozenset(self._match(selector))
        return self._known[selector]

    def _match(self, text: str) -> Iterable[model.StackRef]:
        if "*" not in text and not text.startswith("@"):
            ref = self._exact(text)
            return (ref,) if ref is not None and (self._open or ref in self._meant) else ()
        try:
            parsed = selectors.parse(text)
        except Invalid:
            return ()
        return (ref for ref in self._meant if parsed.matches(ref, self._groups))

    def _exact(self, text: str) -> model.StackRef | None:
        host, slash, name = text.rpartition("/")
        if slash:
            return model.StackRef(host, name)
        match self._by_name.get(name, ()):
            case [one]:
                return one
            case []:
                return model.StackRef(self._default_host, name)
            case _:
                return None


async def concerning(
    unit: ports.Unit, matcher: Matcher, *, enabled_only: bool, limit: int = MOST
) -> Found:
    """Return the schedules that match a stack of the matcher's, by id."""
    every = await unit.schedules.selectors(enabled_only=enabled_only, stack=matcher.only)
    wanted = [key for key, selector in every.items() if matcher.stacks(selector)]
    found = []
    for key in wanted[:limit]:
        schedule = await unit.schedules.get(key)
        if schedule is not None:
            found.append((schedule, matcher.stacks(schedule.selector)))
    return Found(items=tuple(found), complete=len(wanted) <= limit)
