"""Running git: without prompts, network, locks, or the programs that a repository's configuration names.

Content filters (as of git-lfs) are the exception: without them git would take every filtered file for modified. What is asked,
and what the answers mean: `store/source/git.py`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

QUICK = 10.0
"""Seconds that one question may take."""

BULK = 120.0
"""Seconds for what walks much of the history, in a shift."""

_SETTINGS = (
    "core.quotepath=off",
    "core.fsmonitor=false",  # would run a program that the repository's configuration names
    "protocol.allow=never",  # a partial clone would fetch what is missing
    "log.showSignature=false",
    "log.follow=false",
    "i18n.logOutputEncoding=UTF-8",
    "color.ui=false",
)
_SAFE = ("--no-optional-locks", "--literal-pathspecs", "--no-pager", *(w for s in _SETTINGS for w in ("-c", s)))
_POINTING = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_OBJECT_DIRECTORY",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
    }
)
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "GIT_PAGER": "cat", "LC_ALL": "C"}


class GitCommand:
    """The git of one folder. `notes` keeps, once each, why it could not tell something."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    def run(self, words: Sequence[str], seconds: float = QUICK, *, quiet: bool = False) -> str | None:
        """What git printed; None if it would not, which is noted unless a refusal was to be expected (`quiet`)."""
        done = self.call(words, seconds)
        if done is None:
            return None
        if done.returncode != 0:
            if not quiet:
                self.note(f"git {words[0]}: {reason_of(done.stderr)}")
            return None
        return done.stdout.decode("utf-8", "replace")

    def call(
        self, words: Sequence[str], seconds: float, given: bytes = b""
    ) -> subprocess.CompletedProcess[bytes] | None:
        """Run git, with `given` on its standard input; None if it is not there or took too long."""
        try:
            return subprocess.run(
                ["git", *_SAFE, *words],
                cwd=self.root,
                env=_environment(),
                input=given,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.note(f"git {words[0]} took more than {seconds:.0f} s and was stopped")
        except (OSError, ValueError) as e:
            self.note(f"git cannot be run ({e}): there is no history")
        return None


def _environment() -> dict[str, str]:
    """The caller's environment without what points git elsewhere: a server may be started from a git hook."""
    kept = {k: v for k, v in os.environ.items() if k not in _POINTING and not k.startswith("GIT_TRACE")}
    return {**kept, **_QUIET}


def reason_of(stderr: bytes) -> str:
    """Why git would not, in one line."""
    text = stderr.decode("utf-8", "replace").strip()
    if "dubious ownership" in text:
        return (
            "git refuses this folder because it belongs to another user: there is no history (see git's safe.directory)"
        )
    return text.splitlines()[0][:200] if text else "failed without a reason"
