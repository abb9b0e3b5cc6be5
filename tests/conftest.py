"""Fixtures for every folder: an environment without surprises, and profiles for Hypothesis."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.engines"]

for _name in [n for n in os.environ if n.startswith(("DOCKSCHEDD_", "DOCKSCHEDCTL_"))]:
    if _name not in (
        "DOCKSCHEDD_REQUIRE_ALL",
        "DOCKSCHEDD_TEST_ENGINE",
        "DOCKSCHEDD_UPDATE_DOCS",
        "DOCKSCHEDD_UPDATE_GOLDEN",
    ):
        del os.environ[_name]

settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("long", parent=settings.get_profile("suite"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(autouse=True)
def _scrubbed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the caller's engine, zone or directories."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "TZ", "NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where every real part is required, a test that is skipped has failed."""
    report = yield
    required = os.environ.get("DOCKSCHEDD_REQUIRE_ALL") == "1"
    if required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"DOCKSCHEDD_REQUIRE_ALL=1, and this was skipped: {report.longrepr}"
    return report
