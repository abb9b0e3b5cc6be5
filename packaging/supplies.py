"""What the quick start needs from the machine: programs to call, packages, a static busybox.

Whatever is wanting ends in `Stopped`: a sentence, and a way out.
The standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Stopped(Exception):
    """It cannot go on: a sentence, and a way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


def path() -> str:
    """The administrator's programs are not on everybody's path."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"


def quiet(
    command: Sequence[str], env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=env,
    )


def until(true: Callable[[], bool], *, within: float, what: str, hint: str) -> None:
    until = time.monotonic() + within
    while not true():
        if time.monotonic() > until:
            raise Stopped(what, hint)
        time.sleep(0.1)


def apt_install(*packages: str) -> None:
    """Install without starting any service; the packages stay when this is over."""
    if not shutil.which("apt-get"):
        raise Stopped(
            "there is no Docker Engine here, and no apt-get to install one with",
            "install Docker as your distribution says, and start it",
        )
    say(f"installing {' '.join(packages)} (stays; apt-get purge {' '.join(packages)} removes it)")
    policy = Path("/usr/sbin/policy-rc.d")
    made = not policy.exists()
    try:
        if made:
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet(["apt-get", "update", "-qq"], env=environment)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        done = quiet(command, env=environment)
    finally:
        if made:
            policy.unlink(missing_ok=True)
    if done.returncode:
        raise Stopped(
            f"apt-get said: {done.stdout.strip()[-1000:]}", f"apt-get install {' '.join(packages)}"
        )


def static_busybox(directory: Path) -> Path | None:
    """The machine's own, or one unpacked from Debian's package without installing it."""
    for place in ("/bin/busybox", "/usr/bin/busybox"):
        if _is_static(Path(place)):
            return Path(place)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    into = directory / "busybox"
    into.mkdir()
    for attempt in range(2):
        if attempt and (os.geteuid() != 0 or quiet(["apt-get", "update", "-qq"]).returncode):
            return None
        subprocess.run(
            ["apt-get", "download", "-qq", "busybox-static"],
            cwd=into,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for package in into.glob("*.deb"):
            quiet(["dpkg-deb", "-x", str(package), str(into)])
            found = [path for path in into.glob("**/bin/busybox") if _is_static(path)]
            if found:
                return found[0]
    return None


def _is_static(program: Path) -> bool:
    """An ELF program without an interpreter (PT_INTERP) needs no libraries of the image."""
    interpreter = 3
    try:
        head = program.read_bytes()[:4096]
    except OSError:
        return False
    if head[:5] != b"\x7fELF\x02":
        return False
    offset, size, count = (
        struct.unpack_from("<Q", head, 0x20)[0],
        *struct.unpack_from("<HH", head, 0x36),
    )
    kinds = [struct.unpack_from("<I", head, offset + size * n)[0] for n in range(count)]
    return interpreter not in kinds
