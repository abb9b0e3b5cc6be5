"""Connections that are kept for the next calls."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import sockets, ways

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ticks:
    """A monotonic clock that stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    """Something that accepts connections, and answers nothing."""
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(64)
        accepted: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    accepted.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield path
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in accepted:
            each.close()


def open_ones(connections: list[sockets._Connection]) -> int:
    return sum(each.sock is not None for each in connections)


def test_what_one_busy_moment_needed_is_not_kept_for_ever(server: Path) -> None:
    """Connections that nobody has needed for a while are closed by whoever uses another."""
    ticks = Ticks()
    way = ways.to(Endpoint(url=f"unix://{server}"))
    pool = sockets._Pool(way, way.kept, clock=ticks)
    with closing(pool):
        used = [pool._get_conn() for _ in range(way.kept + 3)]
        for each in used:
            each.connect()
        for each in used:
            pool._put_conn(each)
        assert open_ones(used) == way.kept

        ticks.now += sockets.IDLE_S / 2
        again = pool._get_conn()
        pool._put_conn(again)
        assert open_ones(used) == way.kept

        ticks.now += sockets.IDLE_S / 2 + 1
        again = pool._get_conn()
        pool._put_conn(again)
        assert again in used
        assert open_ones(used) == 1
