"""The rule by which lessons are handed on, and its words on a command line. What it does is `sleep/promote.py`.

Apart from that, because a server that starts says the rule and never carries it out.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Rule(NamedTuple):
    """What hands lessons on at the end of a shift: where to, and in how many sessions a lesson must have been seen."""

    tier: Literal["team", "org"]
    location: str
    sessions: int

    def words(self) -> tuple[str, ...]:
        """The command line that says the same: for a shift in a child process."""
        return (f"--{self.tier}", self.location, "--promote-after", str(self.sessions))


def rule_of(store: str | None, team: str | None, org: str | None, sessions: int | None) -> Rule | None:
    """The rule for a store: to the next wider tier that is named. None where it is switched off, or there is no such tier."""
    if sessions is None:
        return None
    if team and team != store:
        return Rule("team", team, sessions)
    return Rule("org", org, sessions) if org and org != store else None
