"""Peers of Unix sockets."""

from __future__ import annotations

import os
import socket

from dockschedd.access import peers

NAMES = {1000: "deploy", 1001: "guest"}


def resolve(uid: int, **mapped: str) -> str | None:
    return peers.resolve(uid, own_uid=500, peer_users=mapped, name_of=NAMES.get)


def test_the_kernel_says_who_connected() -> None:
    """The uid of a Unix peer is ours here; a TCP peer has none."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs, socket.socket() as tcp:
        assert peers.uid_of(ours) == os.getuid()
        assert peers.uid_of(tcp) is None


def test_root_and_the_daemons_own_user_are_the_local_administrator() -> None:
    """Whatever the configuration maps them to."""
    assert resolve(0, root="viewer") == peers.LOCAL
    assert resolve(500, **{"500": "viewer"}) == peers.LOCAL


def test_others_have_to_log_in_unless_they_are_mapped() -> None:
    """By the name or the number of the Unix user."""
    assert resolve(1000) is None
    assert resolve(1001, deploy="alice") is None
    assert resolve(1000, deploy="alice") == "alice"
    assert resolve(1000, **{"1000": "bob"}) == "bob"
    assert resolve(4242, deploy="alice") is None


def test_users_are_asked_of_the_machine() -> None:
    """Names come from the machine's user database; a number without one is nobody's."""
    assert peers.unix_name(0) == "root"
    assert peers.unix_name(2**31 - 7) is None
