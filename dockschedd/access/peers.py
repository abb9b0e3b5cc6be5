"""Who is at the other end of a Unix socket, by the kernel's word (SO_PEERCRED).

Root and the user that the daemon runs as are the built-in administrator: both can read the
daemon's keys and database anyway. Everybody else has to log in, unless the configuration says
whom they stand for.
"""

from __future__ import annotations

import pwd
import socket
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The built-in administrator.
LOCAL: Final = "local"
_ROOT: Final = 0
_UCRED: Final = struct.Struct("3i")


def uid_of(connection: socket.socket) -> int | None:
    """Return the user id of the process that connected; None where it is no Unix socket."""
    if connection.family != socket.AF_UNIX:
        return None
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    uid: int = _UCRED.unpack(found)[1]
    # -1, which is nobody, is what the kernel gives where there are no credentials.
    return uid if uid >= 0 else None


def unix_name(uid: int) -> str | None:
    """Return the name of the Unix user; None where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def resolve(
    uid: int,
    *,
    own_uid: int,
    peer_users: Mapping[str, str],
    name_of: Callable[[int], str | None] = unix_name,
) -> str | None:
    """Return the dockschedd user that a peer stands for; None: it has to log in.

    `peer_users` maps Unix users, by name or number, to dockschedd users; it cannot make
    anything else of root and the daemon's own user.
    """
    if uid in {_ROOT, own_uid}:
        return LOCAL
    if not peer_users:
        return None
    by_number = peer_users.get(str(uid))
    if by_number is not None:
        return by_number
    name = name_of(uid)
    return None if name is None else peer_users.get(name)
