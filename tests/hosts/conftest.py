"""Engines with TLS and behind ssh, for all tests of hosts/."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import sshd
from tests.hosts.parts import secured_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines import Engine
    from tests.hosts.parts import Secured


@pytest.fixture(scope="package")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """An engine whose certificate is for `localhost`, and no other name."""
    with secured_engine(tmp_path_factory.mktemp("pki")) as made:
        yield made


@pytest.fixture(scope="package")
def server(engine: Engine) -> Iterator[sshd.Sshd]:
    """An sshd in front of the session's engine."""
    sshd.require_sshd()
    made = sshd.Sshd(engine.url).start()
    yield made
    made.remove()


@pytest.fixture
def own_server(engine: Engine) -> Iterator[sshd.Sshd]:
    """An sshd of the test's own, not started."""
    sshd.require_sshd()
    made = sshd.Sshd(engine.url)
    yield made
    made.remove()
