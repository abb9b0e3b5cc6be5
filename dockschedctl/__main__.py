"""The process: its streams, its exit code, and nothing else."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Carry out the command of this process and end it."""
    # Nothing that is made in the life of one command is worth collecting (5 ms).
    gc.disable()
    from dockschedctl import cli, env  # noqa: PLC0415 (after the collector is off)

    here = env.of_process()
    code = cli.main(sys.argv[1:], here)
    # Taking the interpreter down in order costs 10 ms; everything is flushed and closed.
    os._exit(here.settle(code))


if __name__ == "__main__":
    main()
