"""Permissions and the built-in roles."""

from __future__ import annotations

import pytest

from dockschedd.core import permissions
from dockschedd.core.permissions import Permission


def test_each_role_may_do_what_the_one_before_may_and_an_administrator_everything():
    """viewer ⊂ operator ⊂ admin = all."""
    viewer, operator, admin = (permissions.ROLES[r] for r in ("viewer", "operator", "admin"))

    assert viewer < operator < admin == set(Permission)


def test_a_viewer_reads_and_sees_no_users_and_no_audit_log():
    """Reading stacks, schedules, runs, hosts and measurements is all."""
    assert permissions.of_role("viewer") == {
        "stack.read",
        "schedule.read",
        "run.read",
        "host.read",
        "metrics.read",
    }


@pytest.mark.parametrize(
    "permission", ["stack.operate", "stack.hold", "schedule.write", "run.cancel"]
)
def test_an_operator_operates(permission):
    """What acts on stacks is an operator's and not a viewer's."""
    assert permissions.allows("operator", Permission(permission))
    assert not permissions.allows("viewer", Permission(permission))


@pytest.mark.parametrize(
    "permission",
    [
        *("user.read", "user.write", "audit.read", "settings.write"),
        "host.write",
    ],
)
def test_users_the_audit_log_and_hosts_are_for_administrators(permission):
    """No other role has these."""
    assert permissions.allows("admin", Permission(permission))
    assert not permissions.allows("operator", Permission(permission))


def test_a_role_that_does_not_exist_may_do_nothing():
    """An unknown role is no error and no permission."""
    assert permissions.of_role("root") == frozenset()
    assert not any(permissions.allows("root", permission) for permission in Permission)
