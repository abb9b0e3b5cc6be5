"""The process: its streams, its exit code, and nothing else."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Carry out the command of this process and end it."""
    # Nothing that is made in the life of one command is worth collecting (5 ms).
    gc.disable()
    import_msgspec()
    from dockschedctl import cli, env  # noqa: PLC0415 (after the collector is off)

    here = env.of_process()
    code = cli.main(sys.argv[1:], here)
    # Taking the interpreter down in order costs 10 ms; everything is flushed and closed.
    os._exit(here.settle(code))


def import_msgspec() -> None:
    """Import it without typing_extensions, of which typing has all that it takes (4 ms)."""
    name = "typing_extensions"
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # how a module is hidden
    try:
        import msgspec  # noqa: F401, PLC0415 - imported for what follows
    finally:
        del sys.modules[name]


if __name__ == "__main__":
    main()
