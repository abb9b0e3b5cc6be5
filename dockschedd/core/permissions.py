"""Who may do what: permissions, and the built-in roles that are sets of them.

A role that does not exist has no permission.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Permission(StrEnum):
    """What a route needs; the table of routes names one for each."""

    STACK_READ = "stack.read"
    STACK_OPERATE = "stack.operate"
    STACK_HOLD = "stack.hold"
    SCHEDULE_READ = "schedule.read"
    SCHEDULE_WRITE = "schedule.write"
    RUN_READ = "run.read"
    RUN_CANCEL = "run.cancel"
    HOST_READ = "host.read"
    HOST_WRITE = "host.write"
    USER_READ = "user.read"
    USER_WRITE = "user.write"
    METRICS_READ = "metrics.read"
    AUDIT_READ = "audit.read"
    SETTINGS_WRITE = "settings.write"


_VIEWER = frozenset(
    {
        Permission.STACK_READ,
        Permission.SCHEDULE_READ,
        Permission.RUN_READ,
        Permission.HOST_READ,
        Permission.METRICS_READ,
    }
)
_OPERATOR = _VIEWER | {
    Permission.STACK_OPERATE,
    Permission.STACK_HOLD,
    Permission.SCHEDULE_WRITE,
    Permission.RUN_CANCEL,
}

ROLES: Final[Mapping[str, frozenset[Permission]]] = MappingProxyType(
    {"viewer": _VIEWER, "operator": _OPERATOR, "admin": frozenset(Permission)}
)


def of_role(role: str) -> frozenset[Permission]:
    """Return what the role may do."""
    return ROLES.get(role, frozenset())


def allows(role: str, permission: Permission) -> bool:
    """Return whether the role has the permission."""
    return permission in of_role(role)
