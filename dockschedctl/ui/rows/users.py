"""Users, and what changing one means. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dockschedctl.ui import symbols
from dockschedctl.ui.cells import Cell, Column, Row, said
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import access

#: The built-in roles, each with what it may do.
ROLES: Final = {
    "viewer": "sees stacks, schedules, runs and hosts",
    "operator": "also acts on stacks, holds them, and writes schedules",
    "admin": "may do everything: hosts, users, the audit log",
}
COLUMNS: Final = (
    Column(key="user", head="USER", elastic=True, least=10),
    Column(key="role", head="ROLE"),
    Column(key="state", head="STATE"),
    Column(key="created", head="CREATED", drop=2),
    Column(key="password", head="PASSWORD SINCE", drop=1),
)
_BY_ROLE: Final = ("admin", "operator", "viewer")
ORDERS: Final[Mapping[str, Callable[[access.User], Any]]] = {
    "user": lambda user: user.name,
    "role": lambda user: _BY_ROLE.index(user.role) if user.role in _BY_ROLE else len(_BY_ROLE),
    "state": lambda user: not user.disabled,
    "created": lambda user: -user.created_at.timestamp(),
    "password": lambda user: user.password_changed_at,
}


def rows(items: Sequence[access.User], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=user.name,
            cells=(
                said(user.name),
                said(user.role),
                symbols.word(state(user)),
                Cell(moment.short(user.created_at)),
                Cell(moment.short(user.password_changed_at)),
            ),
        )
        for user in items
    )


def state(user: access.User) -> str:
    """Return whether the user can log in."""
    return "disabled" if user.disabled else "enabled"


def turning(user: access.User, *, is_self: bool) -> Iterator[str]:
    """Yield what it means to disable the user, or to enable a disabled one."""
    name = printable(user.name)
    if user.disabled:
        yield f"{name} ({user.role}) can log in again"
        yield f"schedules of {name} act again"
        return
    yield f"{name} ({user.role}) cannot log in any more; all sessions of {name} end"
    yield f"schedules of {name} are left out meanwhile"
    if is_self:
        yield "! that is you"


def promoting(user: access.User, role: str, *, is_self: bool) -> Iterator[str]:
    """Yield what it means to give the user another role."""
    name = printable(user.name)
    yield f"{user.role} → {role}: {ROLES.get(role, '')}".rstrip(": ")
    yield f"all sessions of {name} end; schedules of {name} do what {role}s may do"
    if is_self:
        yield "! that is you"
