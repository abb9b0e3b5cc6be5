"""Key files."""

from __future__ import annotations

import itertools
import os
import stat
import subprocess
import sys

import pytest

from dockschedd.access import keys
from dockschedd.errors import Startup


def numbered():
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def test_the_first_start_makes_a_key_that_only_we_can_read(tmp_path) -> None:
    """Directory 0700, file 0600, and the same key at each start."""
    directory = tmp_path / "state" / "keys"
    before = os.umask(0)
    try:
        made = keys.load(directory, "jwt", random=numbered())
    finally:
        os.umask(before)

    assert made == keys.load(directory, "jwt", random=numbered())
    assert [key.id for key in made] == ["1"]
    assert len(made[0].secret) == keys.SIZE
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [p.name for p in directory.iterdir()] == ["jwt-1.key"]
    assert stat.S_IMODE((directory / "jwt-1.key").stat().st_mode) == 0o600


def test_uses_have_keys_of_their_own(tmp_path) -> None:
    """What signs tokens never signs the audit log."""
    random = numbered()

    assert keys.load(tmp_path / "k", "jwt", random=random) != (
        keys.load(tmp_path / "k", "audit", random=random)
    )


def test_the_highest_number_is_the_newest_key(tmp_path) -> None:
    """Keys are ordered as numbers; what is no key file is left alone."""
    directory = tmp_path / "k"
    keys.load(directory, "jwt", random=numbered())
    for name, content in (("jwt-10.key", "aa" * 32), ("jwt-9.key", "bb" * 40 + "\n")):
        (directory / name).write_text(content)
        (directory / name).chmod(0o600)
    (directory / "jwt-2.key.old").write_text("no key")

    assert [key.id for key in keys.load(directory, "jwt", random=numbered())] == ["1", "9", "10"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_key_that_others_can_use_is_refused_with_what_to_do(tmp_path, mode) -> None:
    """It is not repaired: it may be known already."""
    keys.load(tmp_path / "k", "jwt", random=numbered())
    file = tmp_path / "k" / "jwt-1.key"
    file.chmod(mode)

    with pytest.raises(Startup) as refused:
        keys.load(tmp_path / "k", "jwt", random=numbered())

    assert refused.value.code == "keys-open"
    assert f"chmod 600 {file}" in str(refused.value.hint)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_directory_that_others_can_use_is_refused(tmp_path) -> None:
    """Whoever may write there can replace keys."""
    keys.load(tmp_path / "k", "jwt", random=numbered())
    (tmp_path / "k").chmod(0o755)

    with pytest.raises(Startup) as refused:
        keys.load(tmp_path / "k", "jwt", random=numbered())

    assert refused.value.code == "keys-open"
    assert "chmod 700" in str(refused.value.hint)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_another_user_is_refused(tmp_path) -> None:
    """Another user could read and change it."""
    keys.load(tmp_path / "k", "jwt", random=numbered())
    os.chown(tmp_path / "k" / "jwt-1.key", 12345, 12345)

    with pytest.raises(Startup, match="belongs to another user"):
        keys.load(tmp_path / "k", "jwt", random=numbered())


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"zz" * 32, b"aa" * 31, b"\xff" * 64, b"aa" * 5000]
)
def test_a_file_that_holds_no_key_is_refused(tmp_path, content) -> None:
    """Cut off, emptied or overwritten: the daemon does not go on with a weak key."""
    keys.load(tmp_path / "k", "jwt", random=numbered())
    (tmp_path / "k" / "jwt-1.key").write_bytes(content)

    with pytest.raises(Startup) as refused:
        keys.load(tmp_path / "k", "jwt", random=numbered())

    assert refused.value.code == "keys-bad"


def test_a_place_where_no_directory_can_be_is_told(tmp_path) -> None:
    """Not a traceback."""
    (tmp_path / "file").write_text("")

    with pytest.raises(Startup) as refused:
        keys.load(tmp_path / "file" / "k", "jwt", random=numbered())

    assert refused.value.code == "keys-unreadable"


RACER = """
import os, pathlib, sys
from dockschedd.access import keys
directory, go = map(pathlib.Path, sys.argv[1:])
print(flush=True)
while not go.exists():
    pass
for attempt in range(10):
    (key,) = keys.load(directory / str(attempt), "jwt", random=os.urandom)
    print(key.id, key.secret.hex())
"""


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path) -> None:
    """Nobody's key is replaced by a later one, and nothing half-written is left."""
    words = [sys.executable, "-c", RACER, str(tmp_path / "k"), str(tmp_path / "go")]
    racers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for racer in racers:
        racer.stdout.readline()
    (tmp_path / "go").touch()
    found = [racer.communicate(timeout=60)[0] for racer in racers]

    assert found == [found[0]] * 4
    assert found[0].count("\n") == 10
    for attempt in range(10):
        assert [p.name for p in (tmp_path / "k" / str(attempt)).iterdir()] == ["jwt-1.key"]
