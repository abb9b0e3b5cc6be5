"""Users and the audit log as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import access

USERS: Table[access.User] = Table(
    columns=(
        Column(head="USER", cell=lambda u, _: u.name),
        Column(head="ROLE", cell=lambda u, _: u.role),
        Column(
            head="STATE",
            cell=lambda u, _: "disabled" if u.disabled else "enabled",
            coloured=True,
        ),
        Column(head="CREATED", cell=lambda u, view: view.time(u.created_at)),
        Column(head="PASSWORD", cell=lambda u, view: view.time(u.password_changed_at), wide=True),
    ),
    name=lambda u: u.name,
    empty="there are no users",
)


def user_text(user: access.User, view: View) -> Iterator[str]:
    """Yield one user."""
    yield f"{user.name}: {user.role}" + (", disabled" if user.disabled else "")
    yield f"  created: {view.time(user.created_at)}"
    yield f"  password changed: {view.time(user.password_changed_at)}"


AUDIT: Table[access.AuditEntry] = Table(
    columns=(
        Column(head="SEQ", cell=lambda e, _: str(e.seq), right=True),
        Column(head="AT", cell=lambda e, view: view.time(e.at)),
        Column(head="ACTOR", cell=lambda e, _: e.actor, elastic=True),
        Column(head="ACTION", cell=lambda e, _: e.action),
        Column(head="OUTCOME", cell=lambda e, _: e.outcome, coloured=True),
        Column(head="TARGET", cell=lambda e, _: e.target, elastic=True, named=True),
        Column(head="ORIGIN", cell=lambda e, _: e.origin, wide=True),
        Column(head="DETAIL", cell=lambda e, _: e.detail, wide=True, elastic=True),
    ),
    name=lambda e: str(e.seq),
    empty="the audit log has no such entries",
)


def me_text(me: access.Me, view: View) -> Iterator[str]:
    """Yield who the caller is."""
    yield f"{me.user}: {me.role}"
    if me.method == "peer":
        yield "  known by: the Unix socket, without a password"
    else:
        yield f"  known by: {me.method}"
    if me.expires_at is not None:
        yield f"  until: {view.time(me.expires_at)}"
    yield f"  may: {', '.join(me.permissions)}"
