"""What the UI remembers from one time to the next: its theme, and who logged in where.

Kept in ui.json beside the contexts. Never a password, never a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedctl import contexts

if TYPE_CHECKING:
    from pathlib import Path


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it."""

    theme: str | None = None
    #: Server → the user who logged in last.
    users: dict[str, str] = {}


def load(directory: Path) -> Settings:
    """Return what is stored; what cannot be read is as good as nothing."""
    try:
        return msgspec.json.decode((directory / "ui.json").read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError):
        return Settings()


def save(directory: Path, settings: Settings) -> None:
    """Store it in place of what was there. Raises OSError."""
    contexts.make_private(directory)
    contexts.write_private(directory / "ui.json", msgspec.json.encode(settings))
