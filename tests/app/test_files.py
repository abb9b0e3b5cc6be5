"""The daemon may open as many files as the system lets it."""

from __future__ import annotations

import resource

from dockschedd import cli


def test_the_limit_of_open_files_is_raised_to_what_is_allowed() -> None:
    """A shell's limit of 1,024 would end a daemon of a hundred hosts in its busiest minute."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most - 1, most))
    try:
        cli.allow_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
