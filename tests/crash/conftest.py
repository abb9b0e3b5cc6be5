"""A real daemon process over a real engine, on directories of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.daemon_process import DaemonProcess
from tests.engines import Engine, compose_up  # noqa: F401

SAMPLE = "sample"


@pytest.fixture
def daemon(engine: Engine, tmp_path_factory) -> Iterator[DaemonProcess]:
    """Not started yet; whatever runs at the end is killed."""
    # The path of a Unix socket may have 107 bytes: pytest's own are too long for some names.
    process = DaemonProcess(tmp_path_factory.mktemp("d"), engine.url)
    yield process
    process.close()


@pytest.fixture
def stack(compose_up) -> str:  # noqa: F811
    """A running stack of three services in a row; returns its name."""
    name = f"crash{secrets.token_hex(4)}"
    compose_up(SAMPLE, name)
    return name
