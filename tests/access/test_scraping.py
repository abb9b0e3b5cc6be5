"""The file with the token for measurements."""

from __future__ import annotations

import pytest

from dockschedd.access import scraping
from dockschedd.errors import Startup

TOKEN = "0123456789abcdef" * 2


def written(tmp_path, content: bytes, mode: int = 0o640):
    file = tmp_path / "token"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_the_token_is_the_line_in_the_file(tmp_path):
    """Blanks around it do not count."""
    assert scraping.token(written(tmp_path, f" {TOKEN}\n".encode())) == TOKEN.encode()


@pytest.mark.parametrize(
    "content", [b"", b"short", b"two words " * 8, b"0" * 31, b"\xff" * 40, b"a-b" * 20]
)
def test_what_is_no_token_is_refused_at_the_start(tmp_path, content):
    """The daemon does not start with a secret that can be guessed, or not be sent."""
    with pytest.raises(Startup) as error:
        scraping.token(written(tmp_path, content))

    assert error.value.code == "metrics-token"
    assert "openssl rand -hex 32" in str(error.value.hint)


def test_a_file_that_everybody_reads_is_refused(tmp_path):
    """Its mode allows the owner and the group, and nobody else."""
    with pytest.raises(Startup) as error:
        scraping.token(written(tmp_path, TOKEN.encode(), 0o644))

    assert error.value.code == "keys-open"


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    """The message names the setting and the file."""
    with pytest.raises(Startup, match=f"`metrics_token_file` `{tmp_path}/none`") as error:
        scraping.token(tmp_path / "none")

    assert error.value.code == "metrics-token"
