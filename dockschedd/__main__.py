"""`python -m dockschedd` and the `dockschedd` command."""

from __future__ import annotations

import sys

from dockschedd import cli


def main() -> None:
    """Run and exit with the result."""
    sys.exit(cli.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
