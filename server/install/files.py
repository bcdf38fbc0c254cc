"""A client's file of JSON, changed with care: read whole or refused, shown as a difference, backed up, replaced at once.

What goes in is `entries.py`. A file with comments is not rewritten: its owner is told what to paste.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.errors import BadCall

if TYPE_CHECKING:
    from datetime import datetime

    from server.install.clients import Edit
    from server.install.entries import Data


class Planned(NamedTuple):
    """One file before and after. `after` is None where nothing would be left of a file."""

    path: Path
    before: str | None
    after: str | None

    @property
    def differs(self) -> bool:
        return self.before != self.after

    def shown(self) -> str:
        """The difference, as people read it."""
        old, new = (self.before or "").splitlines(), (self.after or "").splitlines()
        names = (
            str(self.path) if self.before is not None else "(new)",
            str(self.path) if self.after is not None else "(gone)",
        )
        return "\n".join(difflib.unified_diff(old, new, *names, lineterm=""))


def planned(path: Path, edit: Edit) -> Planned:
    """What an edit makes of a file; the text stays as it is where the meaning does. Raises BadCall where it is no plain JSON."""
    path = path.resolve() if path.is_symlink() else path
    before = _text(path)
    data = _data(path, before)
    changed = edit(data)
    if changed == data:
        return Planned(path, before, before)
    if not changed:
        return Planned(path, before, None)
    return Planned(path, before, json.dumps(changed, ensure_ascii=False, indent=_indent(before)) + "\n")


def write(plan: Planned, at: datetime) -> Path | None:
    """Carry it out; where the backup is, if there was a file. Raises OSError, and then the file is as it was."""
    backup = None
    if plan.before is not None:
        backup = plan.path.with_name(f"{plan.path.name}.before-forethought-{at:%Y%m%d-%H%M%S}")
        backup.write_text(plan.before, encoding="utf-8")
        backup.chmod(plan.path.stat().st_mode & 0o777)
    if plan.after is None:
        plan.path.unlink(missing_ok=True)
        return backup
    plan.path.parent.mkdir(parents=True, exist_ok=True)
    new = plan.path.with_name(f".{plan.path.name}.{os.getpid()}")
    new.write_text(plan.after, encoding="utf-8")
    if backup is not None:
        new.chmod(backup.stat().st_mode & 0o777)
    os.replace(new, plan.path)
    return backup


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadCall(f"{path} cannot be read: {problem}. Nothing was written.") from problem


def _data(path: Path, text: str | None) -> Data:
    try:
        found = json.loads(text) if text and text.strip() else {}
    except ValueError as problem:
        raise BadCall(
            f"{path} is not plain JSON ({problem}), so it is left alone. `forethought install ... --print` shows what to paste."
        ) from problem
    if not isinstance(found, dict):
        raise BadCall(f"{path} holds no JSON object, so it is left alone. Nothing was written.")
    return found


def _indent(text: str | None) -> int | str:
    """The indentation that a file has already."""
    for line in (text or "").splitlines()[1:]:
        blank = line[: len(line) - len(line.lstrip())]
        if blank:
            return "\t" if blank[0] == "\t" else len(blank)
    return 2
