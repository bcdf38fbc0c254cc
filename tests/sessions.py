"""Sessions of Claude Code for the tests: the lines that it writes to its transcripts, as seen in 2.1.329."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string "
    "was NOT written to the file). To tell you how to proceed, the user said:\n{}\n\nNote: The user's next message may contain a "
    "correction or preference. Pay close attention — if they explain what went wrong or how they'd prefer you to work, consider "
    "saving that to memory for future sessions."
)


class Session:
    """One transcript, in the order in which things happened."""

    def __init__(self, cwd: Path | str, name: str = "5f0c", day: int = 20) -> None:
        self.cwd, self.name, self.day = str(cwd), name, day
        self.lines: list[bytes] = []

    def add(self, **record: Any) -> Session:
        """Any record, with what all records have."""
        n = len(self.lines)
        common = {
            "uuid": f"{self.name}-{n}", "sessionId": self.name, "cwd": self.cwd, "isSidechain": False,
            "timestamp": f"2026-11-{self.day:02d}T10:{n // 60:02d}:{n % 60:02d}.000Z", "version": "2.1.329",
        }  # fmt: skip
        self.lines.append(json.dumps({**common, **record}, ensure_ascii=False).encode() + b"\n")
        return self

    def says(self, text: object, **more: Any) -> Session:
        """The user types."""
        return self.add(type="user", message={"role": "user", "content": text}, promptSource="typed", **more)

    def does(self, tool: str = "Edit", **given: Any) -> Session:
        """The agent uses a tool, and has its result."""
        use = {"type": "tool_use", "id": f"t{len(self.lines)}", "name": tool, "input": given}
        self.add(type="assistant", message={"role": "assistant", "id": "m", "content": [use]})
        return self.results("done", use["id"])

    def results(self, text: str, tool_use: object = "t", **more: Any) -> Session:
        """A tool's result."""
        block = {"type": "tool_result", "tool_use_id": tool_use, "content": text, **more}
        return self.add(type="user", message={"role": "user", "content": [block]}, toolUseResult=text)

    def refuses(self, why: str) -> Session:
        """The user refuses to have a tool run, and says why."""
        return self.results(REFUSED.format(why), is_error=True)

    def queues(self, text: str, **more: Any) -> Session:
        """The user types while the agent is at work."""
        return self.add(type="attachment", attachment={"type": "queued_command", "prompt": text, **more})

    def write(self, folder: Path) -> Path:
        """Write what there is to the folder of a project."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.jsonl"
        file.write_bytes(b"".join(self.lines))
        return file
