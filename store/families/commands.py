"""How to build, run, test, lint, install: as the project's own files say it, quoted with their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.families.draft import Draft
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_PER_FILE = 5
_FILES = 4
_BLOCK = 9
_WIDTH = 150

FILES = (
    "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "package.json", "Cargo.toml", "go.mod", "pom.xml",
    "build.gradle", "build.gradle.kts", "CMakeLists.txt", "Makefile", "makefile", "GNUmakefile", "justfile", "Taskfile.yml",
    "Dockerfile", "docker-compose.yml", "compose.yaml", "Procfile", "requirements.txt", "requirements-dev.txt", "pytest.ini",
    ".pre-commit-config.yaml", "tsconfig.json", "CONTRIBUTING.md", "CONTRIBUTING.rst", ".github/CONTRIBUTING.md",
    "docs/contributing.rst", "README.md", "README.rst", "README",
)  # fmt: skip
"""Where projects say how they are worked on, the most authoritative first. Workflows of CI are looked at as well."""


class Topic(NamedTuple):
    """What one wants to know: what it is called, lines that state it, and lines that merely mention a tool for it."""

    title: str
    stated: str
    tools: str


TOPICS: dict[str, Topic] = {
    "test": Topic("test", r"^\[?(tool\.)?(pytest|tox|nox)|\btestpaths\b|[\"']?tests?[\"']?\s*[:=]|^tests?\s*:|testenv",
                  r"\b(pytest|tox|nox|unittest|nosetests|jest|vitest|mocha|ctest)\b|(go|cargo|npm|yarn|pnpm|mvn|gradle|make|uv run) (run )?test"),
    "types": Topic("check types", r"\[?(tool\.)?(mypy|pyright|pytype)|typing|type-?check", r"\b(mypy|pyright|pytype|tsc|ty check)\b"),
    "lint": Topic("lint", r"\[?(tool\.)?(ruff|flake8|pylint|isort|black)|[\"']?(lint|style)[\"']?\s*[:=]|^(lint|style)\s*:",
                  r"\b(ruff|flake8|pylint|eslint|clippy|golangci-lint|pre-commit|black|isort|prettier)\b"),
    "format": Topic("format", r"[\"']?(format|fmt)[\"']?\s*[:=]|^(format|fmt)\s*:", r"\b(ruff format|black|isort|prettier|gofmt|rustfmt|cargo fmt)\b"),
    "build": Topic("build", r"build-backend|build-system|^requires\s*=|[\"']?build[\"']?\s*[:=]|^build\s*:",
                   r"\b(python -m build|flit build|hatch build|poetry build|uv build|cargo build|go build|npm run build|cmake|mvn package|gradle build|make)\b"),
    "backend": Topic("build backend", r"build-backend|^requires\s*=\s*\[", r"\b(setuptools|flit_core|hatchling|poetry-core)\b"),
    "run": Topic("run", r"^\[project\.(gui-)?scripts|console_scripts|entry_points|[\"']?(start|serve|dev|run)[\"']?\s*[:=]|^(run|serve|start|dev)\s*:|^(CMD|ENTRYPOINT)|^web:",
                 r"\b(flask run|python -m \w+|uvicorn|gunicorn|npm (run )?start|cargo run|go run|docker run|docker compose up)\b"),
    "entry": Topic("entry points", r"^\[project\.(gui-)?scripts|console_scripts|entry_points|entry-points|\"bin\"|\[\[bin\]\]|^(CMD|ENTRYPOINT)", r"if __name__ =="),
    "python": Topic("supported versions", r"requires-python|python_requires|\"engines\"|rust-version|^go \d|<java.version>|REQUIRED_PYTHON", r"Python \d\.\d+ and newer|Python :: 3\.\d+"),
    "dependencies": Topic("dependencies", r"^dependencies\s*=|install_requires|^\[dependencies|\"dependencies\"|^require \(|^requires\s*=\s*\[", r"^[\w.-]+(\[[\w,]+\])?\s*[><=~!]=?\s*\d"),
    "extras": Topic("optional extras", r"optional-dependencies|extras_require|\[features\]|dependency-groups", r"\w\[\w+\]"),
    "docs": Topic("build the docs", r"\[?(tool\.)?tox.*docs|[\"']?docs[\"']?\s*[:=]|^docs\s*:", r"\b(sphinx-build|mkdocs|sphinx-autobuild)\b"),
    "install": Topic("install", r"", r"\b(pip install|uv (pip|sync|add)|poetry install|npm (install|ci)|yarn install|cargo install|go install|go get)\b"),
    "version": Topic("version", r"^version\s*=|__version__\s*=|\"version\"|^dynamic\s*=.*version", r""),
    "license": Topic("licence", r"^license\b|License ::", r"licen[sc]e"),
    "ci": Topic("CI", r"^on:|^\s*run:|runs-on", r"\buses:"),
}  # fmt: skip
"""What `command:<topic>` may ask for."""


def answer(sources: Sources, query: Query) -> Answer | None:
    """One part for each topic asked about."""
    draft = Draft(sources, query)
    topics = [t for e in query.entities if (t := e.removeprefix("command:")) in TOPICS]
    briefs = [_topic(draft, TOPICS[t]) for t in topics]
    return draft.answer("; ".join(briefs), 0.9) if briefs else None


def _topic(draft: Draft, topic: Topic) -> str:
    found = 0
    first = ""
    for path in _project_files(draft):
        lines = _matching(draft.view.source(path).splitlines(), topic)
        if not lines:
            continue
        if not found:
            draft.say(
                f"How to {topic.title}, as the project says:"
                if " " not in topic.title
                else f"{topic.title.capitalize()}:"
            )
        found += 1
        first = first or f"{path}: {lines[0].strip()[:100]}"
        draft.say(f"`{path}`")
        draft.quote(path, "\n".join(lines))
        if found == _FILES:
            break
    if not found:
        draft.say(f"The project's own files say nothing about {topic.title}.")
        return f"nothing is said about {topic.title}"
    return first


def _project_files(draft: Draft) -> list[str]:
    """Those of `FILES` that exist, then workflows. Rests on the others being absent too."""
    present = [p for p in FILES if p in draft.view]
    return present + [p for p in draft.view.below(".github/workflows/") if p.endswith((".yml", ".yaml"))]


def _matching(lines: list[str], topic: Topic) -> list[str]:
    """Lines that state the topic, with the block they open; failing that, lines that mention its tools."""
    for pattern in (topic.stated, topic.tools):
        if not pattern:
            continue
        wanted = re.compile(pattern, re.IGNORECASE)
        taken: dict[int, str] = {}
        starts = 0
        for number, line in enumerate(lines):
            if number in taken or not wanted.search(line.strip()) or len(line) > 400:
                continue
            starts += 1
            for inside in range(number, min(number + _block(lines, number), len(lines))):
                taken[inside] = f"{inside + 1}: {lines[inside].rstrip()[:_WIDTH]}"
            if starts == _PER_FILE:
                break
        if taken:
            return list(taken.values())
    return []


def _block(lines: list[str], start: int) -> int:
    """How many lines belong to the one that matched: an open bracket, a table head, or deeper indentation below it."""
    head = lines[start]
    indent = len(head) - len(head.lstrip())
    table = head.strip().startswith("[")
    depth = 0
    for offset, line in enumerate(lines[start : start + _BLOCK]):
        text = line.strip()
        if offset and not depth:
            deeper = bool(text) and len(line) - len(line.lstrip()) > indent and head.rstrip().endswith((":", "=", "("))
            inside = table and bool(text) and not text.startswith("[")
            if not deeper and not inside:
                return offset
        depth += sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")
        depth = max(depth, 0)
    return _BLOCK
