"""Selectors: which stacks a person means, resolved when they are used.

`*` stands for any text inside the host's or the stack's name, `@GROUP` in the host's place for
the hosts that the group has then; nothing else is special. Which groups there are is always an
argument. Matching costs at most the product of both lengths, whatever the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dockschedd import errors
from dockschedd.core import suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dockschedd.core import model

    #: Name → its hosts, of every group that there is.
    Groups = Mapping[str, Collection[str]]

NO_GROUPS: Final[Groups] = MappingProxyType({})
#: Characters.
LONGEST = 200
_HINT = "write `STACK`, `HOST/STACK` or patterns such as `*/web`, `prod-*/db-*` and `@edge/*`"


class Ambiguous(errors.Invalid):
    """Several hosts have a stack of that name."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One parsed selector; `str` gives what was written."""

    #: `@GROUP`: those of the group. None: whichever host has it.
    host: str | None
    name: str

    def __str__(self) -> str:
        return self.name if self.host is None else f"{self.host}/{self.name}"

    @property
    def is_exact(self) -> bool:
        """Whether it names one stack and holds neither a pattern nor a group."""
        return "*" not in str(self) and self.group is None

    @property
    def group(self) -> str | None:
        """The group whose hosts are meant."""
        return self.host[1:] if self.host is not None and self.host.startswith("@") else None

    def matches(self, ref: model.StackRef, groups: Groups) -> bool:
        """Return whether the stack is one of those that are meant; none is of an unknown group."""
        if not _fits(self.name, ref.name):
            return False
        group = self.group
        if group is not None:
            return ref.host in groups.get(group, ())
        return self.host is None or _fits(self.host, ref.host)


def parse(text: str) -> Selector:
    """Return the selector that the text names.

    Raises Invalid (`selector-invalid`, path `selector`) with every fault.
    """
    faults = tuple(_faults(text))
    if faults:
        raise errors.Invalid(*faults)
    host, slash, name = text.rpartition("/")
    return Selector(host if slash else None, name)


def group_of(selector: str) -> str | None:
    """Return the group that the text of a valid selector names, without parsing it."""
    return selector[1:].partition("/")[0] if selector.startswith("@") else None


def unknown_group(name: str, groups: Groups) -> errors.NotFound:
    """Return the error (`group-not-found`) for a group that there is not."""
    near = suggest.closest(name, groups)
    return errors.NotFound(
        f"there is no group `{name}`",
        code="group-not-found",
        hint=f"did you mean `@{near}`?" if near else None,
    )


def resolve(
    selector: Selector, refs: Iterable[model.StackRef], groups: Groups
) -> tuple[model.StackRef, ...]:
    """Return the stacks that match, sorted; empty when none does.

    Raises NotFound (`group-not-found`), and Ambiguous (`selector-ambiguous`, an Invalid) for an
    exact name without a host that several hosts have.
    """
    group = selector.group
    if group is not None and group not in groups:
        raise unknown_group(group, groups)
    if selector.is_exact:
        # Of very many stacks, without looking for a pattern in each.
        matching = {
            ref for ref in refs if ref.name == selector.name and selector.host in (None, ref.host)
        }
    else:
        matching = {ref for ref in refs if selector.matches(ref, groups)}
    found = tuple(sorted(matching))
    if selector.host is None and selector.is_exact and len(found) > 1:
        hosts = ", ".join(ref.host for ref in found)
        raise Ambiguous(
            errors.Fault(
                path="selector",
                code="selector-ambiguous",
                message=f"several hosts have a stack `{selector}`: {hosts}",
                hint=f"write `{found[0]}` for one of them, or `*/{selector}` for all",
            )
        )
    return found


def missing(
    selector: Selector, refs: Iterable[model.StackRef], *, default_host: str | None = None
) -> errors.NotFound:
    """Return the error (`stack-not-found`) for a selector that matches nothing.

    Its hint is the stack that may have been meant; of equally near ones, that on
    `default_host`.
    """
    known = sorted(set(refs), key=lambda ref: (ref.host != default_host, ref))
    if not selector.is_exact:
        return errors.NotFound(f"no stack matches `{selector}`", code="stack-not-found")
    # Name by name: a host that all of them share makes no two stacks alike.
    hosts = {ref.host for ref in known}
    if selector.host is not None:
        host = suggest.closest(selector.host, hosts)
        known = [ref for ref in known if ref.host == host]
    near = suggest.closest(selector.name, {ref.name for ref in known})
    meant = next((str(ref) for ref in known if ref.name == near), None)
    return errors.NotFound(
        f"there is no stack `{selector}`",
        code="stack-not-found",
        hint=f"did you mean `{meant}`?" if meant else None,
    )


def _faults(text: str) -> Iterator[errors.Fault]:
    def fault(message: str, hint: str = _HINT) -> errors.Fault:
        return errors.Fault(path="selector", code="selector-invalid", message=message, hint=hint)

    if not text:
        yield fault("the selector is empty")
        return
    shown = ascii(text[:LONGEST])[1:-1]
    if len(text) > LONGEST:
        yield fault(f"a selector has at most {LONGEST} characters, this one has {len(text)}")
    if any(character.isspace() or not character.isprintable() for character in text):
        yield fault(f"`{shown}` holds spaces or characters that cannot be seen")
    parts = text.split("/")
    if text.startswith("@"):
        yield from _group_faults(parts, shown)
        if len(parts) == 1:
            return
    if len(parts) > len(("host", "stack")):
        yield fault(f"`{shown}` holds more than one `/`")
    elif not all(parts):
        yield fault(f"`{shown}` lacks the {'host' if parts[-1] else 'stack'} beside the `/`")


def _group_faults(parts: list[str], shown: str) -> Iterator[errors.Fault]:
    def fault(message: str, hint: str | None = None) -> errors.Fault:
        return errors.Fault(path="selector", code="selector-invalid", message=message, hint=hint)

    group = parts[0][1:]
    if not group:
        yield fault(f"`{shown}` lacks the name of a group after the `@`", _HINT)
    elif "*" in group:
        yield fault(
            f"`{shown}` holds a `*` in the name of a group",
            "name one group, or write the hosts as a pattern, for example `prod-*/web`",
        )
    if len(parts) == 1:
        yield fault(
            f"`{shown}` is a group of hosts, and no stack",
            f"`{shown}/*` names all stacks on its hosts" if group else _HINT,
        )


def _fits(pattern: str, name: str) -> bool:
    """Return whether `*` can be filled in so that the pattern becomes the name."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, last = rest
    if len(first) + len(last) > len(name) or not name.startswith(first):
        return False
    if not name.endswith(last):
        return False
    # The leftmost place for each part leaves the most room for the next ones.
    at, end = len(first), len(name) - len(last)
    for part in middle:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
