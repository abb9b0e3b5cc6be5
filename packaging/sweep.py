#!/usr/bin/env python3
"""Ends what was started inside one directory and removes it: processes, mounts, files.

A process belongs to the directory when its command line or its environment names it, when it
is in a control group of that name (containers), or when a process that belongs has started it.
Nothing else is ever touched.
Runs on any Python 3.8+; the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

#: A Docker Engine needs this long to stop its containers (those of the samples obey at once).
_PATIENCE_S = 20.0
_CGROUPS = Path("/sys/fs/cgroup")


def sweep(directory: Path) -> bool:
    """Leave nothing of `directory` behind. Returns False when something would not go."""
    mark = str(directory.resolve())
    if len(Path(mark).parts) < 3:  # noqa: PLR2004 - `/` and `/tmp` are nobody's to remove
        raise ValueError(f"{mark} is not a directory of its own")
    groups = _groups(Path(mark))
    for sign in (signal.SIGTERM, signal.SIGKILL):
        _end(mark, groups, sign)
    for target in sorted(_mounts(mark), reverse=True):
        subprocess.run(["umount", "--lazy", target], check=False, stderr=subprocess.DEVNULL)
    for name in groups:
        for parent in (_CGROUPS / name, *_CGROUPS.glob(f"*/{name}")):
            for group in sorted(parent.glob("**/"), reverse=True):
                with contextlib.suppress(OSError):
                    group.rmdir()
    shutil.rmtree(mark, ignore_errors=True)
    return not Path(mark).exists() and not _belonging(mark, groups)


def _groups(directory: Path) -> set[str]:
    """Return the control groups of private engines: each is called after its directory."""
    with contextlib.suppress(OSError):
        homes = (directory, *directory.iterdir())
        return {home.name for home in homes if home.name.startswith("dockschedd-")}
    return set()


def _end(mark: str, groups: set[str], sign: signal.Signals) -> None:
    """Signal what belongs, engines before their helpers, and wait for it to go."""
    until = time.monotonic() + _PATIENCE_S
    pids = _belonging(mark, groups)
    first = {pid for pid in pids if sign == signal.SIGKILL or not _is_engine_helper(pid)}
    for pid in first:
        with contextlib.suppress(OSError):
            os.kill(pid, sign)
    while any(_alive(pid) for pid in first) and time.monotonic() < until:
        time.sleep(0.05)


def _belonging(mark: str, groups: set[str]) -> set[int]:
    parents: dict[int, int] = {}
    named: set[int] = set()
    kept = _ancestors()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            pid = int(entry.name)
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if stat[0] == "Z":
                continue
            parents[pid] = int(stat[1])
            parts = set((entry / "cgroup").read_text().replace("\n", "/").split("/"))
            named_in = (_names(entry / text, mark) for text in ("cmdline", "environ"))
            if parts & groups or any(named_in):
                named.add(pid)
    found = named - kept
    grew = True
    while grew:
        children = {pid for pid, parent in parents.items() if parent in found} - kept
        grew = not children <= found
        found |= children
    return found


def _ancestors() -> set[int]:
    """Return who runs this, up to init: their command lines may name the directory too."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0:
        found.add(pid)
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pid = int(stat[1])
    return found


def _names(path: Path, mark: str) -> bool:
    try:
        text = path.read_bytes()
    except OSError:
        return False
    needle = mark.encode()
    return any(text.find(needle + end) >= 0 for end in (b"/", b"\0", b"\n", b" "))


def _is_engine_helper(pid: int) -> bool:
    """An engine ends its containerd, its shims and its containers itself, and in order."""
    with contextlib.suppress(OSError):
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        return name.startswith(("containerd", "runc", "docker-proxy")) or _in_container(pid)
    return False


def _in_container(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _mounts(mark: str) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = (line.split()[4].encode().decode("unicode_escape") for line in lines)
    return [point for point in points if point == mark or point.startswith(mark + "/")]


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program's name and the directory
        sys.exit("usage: sweep.py DIRECTORY")
    sys.exit(0 if sweep(Path(sys.argv[1])) else 1)
