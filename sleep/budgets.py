"""What a user lets a shift spend and keep: the flags of it, the same for `sleep` and `serve`, and what they come to.

Money is a flag of thinking (`sleep/thinking/switch.py`). Bounds that are nobody's choice are in `sleep/limits.py`; who holds a
shift to its time is `sleep/pace.py`, and to its disk, `sleep/tidy.py`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sleep.limits import Limits

DISK_MB = 1_000.0
"""What the tables may take on disk, unless the user says otherwise."""


class Budgets(NamedTuple):
    """None: no bound of the user's own."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    disk_mb: float | None = None

    def words(self) -> tuple[str, ...]:
        """The command line that says the same: for a shift in a child process."""
        said = {"--max-seconds": self.seconds, "--max-cpu-seconds": self.cpu_seconds, "--max-disk-mb": self.disk_mb}
        return tuple(word for flag, value in said.items() if value is not None for word in (flag, f"{value:g}"))

    def limits(self) -> Limits:
        """The bounds of a shift."""
        from sleep.limits import Limits  # not for a server that starts, which only says the words

        return Limits() if self.disk_mb is None else Limits(disk_mb=self.disk_mb)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    group = parser.add_argument_group(
        "budgets of a shift", "at the end of one, what was done is kept and the rest waits"
    )
    group.add_argument("--max-seconds", metavar="S", type=_seconds, help="of time (default: none)")
    group.add_argument(
        "--max-cpu-seconds",
        metavar="S",
        type=_seconds,
        help="of the processor, workers included (default: none); with serve, a shift that used it up is the last one for"
        " two hours",
    )
    group.add_argument(
        "--max-disk-mb",
        metavar="MB",
        type=_megabytes,
        help=f"for the tables: beyond it, the answers that are worth least go (default: {DISK_MB:g})",
    )


def chosen(args: argparse.Namespace) -> Budgets:
    """What the flags say."""
    return Budgets(args.max_seconds, args.max_cpu_seconds, args.max_disk_mb)


def _seconds(text: str) -> float:
    return _number(text, "a number of seconds greater than 0", 0.0)


def _megabytes(text: str) -> float:
    return _number(text, "a number of megabytes, 1 or more", 1.0)


def _number(text: str, wanted: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (0 < value < 1e9 and value >= least):
        raise argparse.ArgumentTypeError(f"give {wanted}, not {text!r}")
    return value
