"""The front door: the one top-level module that is installed, and the target of the console script.

An MCP server for coding agents is started inside repositories that have their own `store/`, `server/` or `pydantic/`. So the
folders that came from PYTHONPATH are dropped, and the rooms are looked up beside this file before anything else. Child
processes are started through this file too (`python forethought.py ...`), for the same protection.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_INSTALLED = os.path.join(_HERE, "forethought_rooms")


def main() -> int:
    """Run the command line; returns the exit code."""
    foreign = {os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p}
    sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) not in foreign]
    rooms = _INSTALLED if os.path.isdir(_INSTALLED) else _HERE
    sys.path.insert(0, rooms)
    from server.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
