"""Which stacks a request means: selectors against the inventory, and what to say when none is.

A person who names a stack that is not there is told what is there; one whose host cannot be
asked is told that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockschedd.core import model, selectors, suggest
from dockschedd.errors import DockschedError, Fault, HostUnreachable, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockschedd import ports


def parse(text: str, *, path: str) -> selectors.Selector:
    """Return the selector. Raises Invalid, with that path."""
    try:
        return selectors.parse(text)
    except Invalid as exc:
        raise _at(exc, path) from exc


def matching(
    text: str, refs: Sequence[model.StackRef], groups: selectors.Groups, *, path: str
) -> tuple[model.StackRef, ...]:
    """Return the stacks that match, sorted; empty when none does.

    Raises Invalid, NotFound (`group-not-found`).
    """
    try:
        return selectors.resolve(selectors.parse(text), refs, groups)
    except Invalid as exc:
        raise _at(exc, path) from exc


def now(
    text: str, refs: Sequence[model.StackRef], groups: selectors.Groups
) -> tuple[model.StackRef, ...]:
    """Return the stacks that a schedule's selector means, sorted; empty where it fails now."""
    try:
        return selectors.resolve(selectors.parse(text), refs, groups)
    except (Invalid, NotFound):
        return ()


def wanted(
    inventory: ports.Inventory, texts: Sequence[str], groups: selectors.Groups
) -> tuple[model.StackRef, ...]:
    """Return the stacks to act on now, sorted; each selector names at least one.

    Raises Invalid with all faults, NotFound (`stack-not-found`, `host-not-found`,
    `group-not-found`) and HostUnreachable, when a host of one of them cannot be asked.
    """
    refs = inventory.refs()
    found: set[model.StackRef] = set()
    faults: list[Fault] = []
    lost: DockschedError | None = None
    for position, text in enumerate(texts):
        try:
            matched = matching(text, refs, groups, path=f"selectors[{position}]")
        except Invalid as exc:
            faults.extend(exc.faults)
            continue
        except NotFound as exc:
            lost = lost or exc
            continue
        if not matched:
            lost = lost or absent(inventory, selectors.parse(text), groups)
        found.update(matched)
    if faults:
        raise Invalid(*faults)
    if lost is not None:
        raise lost
    for host in sorted({ref.host for ref in found}):
        view = inventory.host(host)
        if view is None or not view.reachable:
            raise _unreachable(host, view)
    return tuple(sorted(found))


def named(inventory: ports.Inventory, text: str, *, path: str) -> model.StackRef:
    """Return the one stack of that name, which, with its host, need not be there any more.

    Raises Invalid, NotFound (`stack-not-found`).
    """
    selector = parse(text, path=path)
    if not selector.is_exact:
        message = f"`{text}` is a pattern; name one stack"
        if selector.group is not None:
            message = f"`{text}` names a group of hosts; name one stack"
        raise Invalid(Fault(path=path, code="selector-invalid", message=message))
    if selector.host is not None:
        return model.StackRef(selector.host, selector.name)
    found = matching(text, inventory.refs(), selectors.NO_GROUPS, path=path)
    if not found:
        raise selectors.missing(selector, inventory.refs())
    return found[0]


def exact(text: str) -> model.StackRef | None:
    """Return the stack that the selector names with its host, whether or not it is there."""
    selector = selectors.parse(text)
    if not selector.is_exact or selector.host is None:
        return None
    return model.StackRef(selector.host, selector.name)


def absent(
    inventory: ports.Inventory,
    selector: selectors.Selector,
    groups: selectors.Groups = selectors.NO_GROUPS,
) -> DockschedError:
    """Return the error for a selector that matches nothing now.

    HostUnreachable where no host that is meant can be asked; NotFound (`host-not-found`,
    `stack-not-found`) else, which tells of those that cannot.
    """
    hosts = {view.name: view for view in inventory.hosts()}
    if selector.is_exact and selector.host is not None and selector.host not in hosts:
        near = suggest.closest(selector.host, hosts)
        hint = f"did you mean `{near}/{selector.name}`?" if near else None
        message = f"there is no host `{selector.host}`"
        return NotFound(message, code="host-not-found", hint=hint)
    meant = [view for view in hosts.values() if _may_be_on(selector, view, groups)]
    if selector.group is not None and not meant:
        message = f"none of the hosts of the group `{selector.group}` exists"
        hint = f"`dockschedctl group show {selector.group}` tells which it has"
        return NotFound(message, code="stack-not-found", hint=hint)
    away = [view for view in meant if not view.reachable]
    if meant and len(away) == len(meant):
        return _unreachable(away[0].name, away[0])
    error = selectors.missing(selector, inventory.refs())
    if not away:
        return error
    names = ", ".join(f"`{view.name}`" for view in away)
    message = f"{error.message} on the hosts that can be reached (unreachable: {names})"
    return NotFound(message, code=error.code, hint=error.hint)


def refuse_absent(
    inventory: ports.Inventory,
    selector: selectors.Selector,
    groups: selectors.Groups = selectors.NO_GROUPS,
) -> None:
    """Raise NotFound for a schedule's exact selector that matches nothing.

    Not while a host on which it may be is unreachable, and not for a pattern: that is only
    worth a warning. Raises NotFound (`group-not-found`) and Invalid (`selector-ambiguous`) as
    well.
    """
    if selectors.resolve(selector, inventory.refs(), groups) or not selector.is_exact:
        return
    hosts = inventory.hosts()
    if not any(_may_be_on(selector, view, groups) and not view.reachable for view in hosts):
        raise absent(inventory, selector)


def warnings(inventory: ports.Inventory, text: str, groups: selectors.Groups) -> tuple[str, ...]:
    """Return what is worth knowing about a schedule's selector, now: that it matches nothing."""
    try:
        selector = selectors.parse(text)
        if selectors.resolve(selector, inventory.refs(), groups):
            return ()
    except (Invalid, NotFound) as exc:
        return (exc.message,)
    error = absent(inventory, selector, groups)
    if isinstance(error, HostUnreachable):
        return (f"nothing is known of `{text}` now: {error.message}",)
    hint = f"; {error.hint}" if error.hint else ""
    return (f"{error.message} now{hint}",)


def _may_be_on(
    selector: selectors.Selector, view: model.HostView, groups: selectors.Groups
) -> bool:
    return selector.matches(model.StackRef(view.name, selector.name), groups)


def _unreachable(host: str, view: model.HostView | None) -> HostUnreachable:
    why = f": {view.error}" if view is not None and view.error else ""
    hint = "nothing was done; leave that host out of the selector, or try again later"
    return HostUnreachable(f"the host `{host}` cannot be reached{why}", hint=hint)


def _at(exc: Invalid, path: str) -> Invalid:
    return Invalid(*(replace(fault, path=path) for fault in exc.faults))
