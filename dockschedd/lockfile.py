"""One daemon per state directory and per database file: an flock(2) that a crash releases."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dockschedd.errors import Startup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, with this process's pid in it, as long as the context lasts.

    The file stays: removing it would let two daemons lock two files of one name. Raises
    Startup (`already-running`), naming the pid that holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            raise Startup(
                f"another dockschedd (pid {holder or 'unknown'}) uses `{path.parent}`",
                code="already-running",
                hint="stop it first, or give this one its own --state-dir and --socket",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
