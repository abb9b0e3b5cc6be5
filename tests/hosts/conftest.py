"""One engine with TLS for all tests of hosts/."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hosts.parts import secured_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.parts import Secured


@pytest.fixture(scope="package")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """An engine whose certificate is for `localhost`, and no other name."""
    with secured_engine(tmp_path_factory.mktemp("pki")) as made:
        yield made
