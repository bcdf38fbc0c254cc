"""How to build, run, test, lint, install: as the project's own files say it, quoted with their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.families.draft import Draft, by_entity
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_PER_FILE = 4
_FILES = 3
_BLOCK = 8
_SHORT = 4
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
    "test": Topic("How to test", r"^\[(tool\.)?pytest|^\[tool\.tox\.env_run_base|^\[testenv\]|\btestpaths\b|^[\"']?tests?[\"']?\s*[:=]",
                  r"\b(pytest|tox|nox|unittest|nosetests|jest|vitest|mocha|ctest)\b|(go|cargo|npm|yarn|pnpm|mvn|gradle|make|uv run) (run )?test"),
    "types": Topic("How to check types", r"^\[(tool\.)?(mypy|pyright|pytype)|^\[.*env[.:](typ|mypy)|^[\"']?(typing|types|type-?check)[\"']?\s*[:=](?!:)", r"\b(mypy|pyright|pytype|tsc|ty check)\b"),
    "lint": Topic("How to lint", r"^\[(tool\.)?(ruff|flake8|pylint|isort|black)|^\[.*env[.:](lint|style)|^[\"']?(lint|style)[\"']?\s*[:=]",
                  r"\b(ruff|flake8|pylint|eslint|clippy|golangci-lint|pre-commit|black|isort|prettier)\b"),
    "format": Topic("How to format", r"[\"']?(format|fmt)[\"']?\s*[:=]|^(format|fmt)\s*:", r"\b(ruff format|black|isort|prettier|gofmt|rustfmt|cargo fmt)\b"),
    "build": Topic("How to build", r"build-backend|build-system|^requires\s*=|[\"']?build[\"']?\s*[:=]|^build\s*:",
                   r"\b(python -m build|flit build|hatch build|poetry build|uv build|cargo build|go build|npm run build|cmake|mvn package|gradle build|make)\b"),
    "backend": Topic("Build backend", r"build-backend|^requires\s*=\s*\[", r"\b(setuptools|flit_core|hatchling|poetry-core)\b"),
    "run": Topic("How to run", r"^\[project\.(gui-)?scripts|console_scripts|entry_points|[\"']?(start|serve|dev|run)[\"']?\s*[:=]|^(run|serve|start|dev)\s*:|^(CMD|ENTRYPOINT)|^web:",
                 r"\b(flask run|python -m \w+|uvicorn|gunicorn|npm (run )?start|cargo run|go run|docker run|docker compose up)\b"),
    "entry": Topic("Entry points", r"^\[project\.(gui-)?scripts|console_scripts|entry_points|entry-points|\"bin\"|\[\[bin\]\]|^(CMD|ENTRYPOINT)", r"if __name__ =="),
    "python": Topic("Supported versions", r"requires-python|python_requires|\"engines\"|rust-version|^go \d|<java.version>|REQUIRED_PYTHON", r"Python \d\.\d+ and newer|Python :: 3\.\d+"),
    "dependencies": Topic("Dependencies", r"^dependencies\s*=|install_requires|^\[dependencies|\"dependencies\"|^require \(|^requires\s*=\s*\[", r"^[\w.-]+(\[[\w,]+\])?\s*[><=~!]=?\s*\d"),
    "extras": Topic("Optional extras", r"optional-dependencies|extras_require|\[features\]|dependency-groups", r"\w\[\w+\]"),
    "docs": Topic("How to build the docs", r"\[?(tool\.)?tox.*docs|[\"']?docs[\"']?\s*[:=]|^docs\s*:", r"\b(sphinx-build|mkdocs|sphinx-autobuild)\b"),
    "install": Topic("How to install", r"", r"\b(pip install|uv (pip|sync|add)|poetry install|npm (install|ci)|yarn install|cargo install|go install|go get)\b"),
    "version": Topic("Version", r"^version\s*=|__version__\s*=|\"version\"|^dynamic\s*=.*version", r""),
    "license": Topic("Licence", r"^license\b|License ::", r"licen[sc]e"),
    "ci": Topic("CI", r"^on:|^\s*run:|runs-on", r"\buses:"),
}  # fmt: skip
"""What `command:<topic>` may ask for."""


def answer(sources: Sources, query: Query) -> Answer | None:
    """One part for each topic asked about."""
    return by_entity(sources, query, _topic, 0.9)


def _topic(draft: Draft, entity: str) -> str:
    name = entity.removeprefix("command:")
    if name not in TOPICS:
        return ""
    topic = TOPICS[name]
    found = 0
    first = ""
    for path in _project_files(draft):
        lines = draft.view.said(name, path)
        if not lines:
            continue
        if not found:
            draft.say(f"{topic.title}:")
        found += 1
        first = first or f"{topic.title}: {path}:{lines[0].strip()[:100]}"
        draft.say(f"`{path}`")
        draft.quote(path, "\n".join(lines))
        if found == _FILES:
            break
    if not found:
        draft.sure = 0.5
        draft.say(f"{topic.title}: the project's own files say nothing about it.")
        return f"{topic.title}: nothing is said"
    return first


def said(sources: Sources, argument: str) -> list[str]:
    """The structural query "said(topic path)": what one file says about one topic; nothing where there is no such file."""
    topic, _, path = argument.partition(" ")
    if topic not in TOPICS or path not in sources.index:
        return []
    return _matching(sources.text(path).splitlines(), TOPICS[topic])


def _project_files(draft: Draft) -> list[str]:
    """Those of `FILES` that exist, then workflows. Rests on the others being absent too."""
    present = [p for p in FILES if p in draft.view]
    return present + [p for p in draft.view.below(".github/workflows/") if p.endswith((".yml", ".yaml"))]


def _matching(lines: list[str], topic: Topic) -> list[str]:
    """The lines of one file that say it: commands first, then what is configured, each with the short block it opens."""
    commands = [
        n for n, line in enumerate(lines) if topic.tools and _names(topic.tools, line) and _is_command(lines, n)
    ]
    stated = [n for n, line in enumerate(lines) if topic.stated and _names(topic.stated, line)]
    mentioned = [n for n, line in enumerate(lines) if topic.tools and _names(topic.tools, line)]
    starts = [*commands, *stated][:_PER_FILE] or mentioned[:_PER_FILE]
    taken: dict[int, str] = {}
    for start in starts:
        room = _BLOCK if start in stated and not commands else _SHORT
        for number in range(start, min(start + _block(lines, start, room), len(lines))):
            if lines[number].strip():
                taken[number] = f"{number + 1}: {lines[number].rstrip()[:_WIDTH]}"
    return [taken[n] for n in sorted(taken)]


def _names(pattern: str, line: str) -> bool:
    return len(line) <= 400 and re.search(pattern, line.strip(), re.IGNORECASE) is not None


def _is_command(lines: list[str], number: int) -> bool:
    """Whether a line is something to be run: a recipe, a step of CI, a command list, a line at a prompt or in a literal block."""
    line = lines[number]
    if re.match(r"\t|\s*\$ |\s*(- )?run:|\s*\"[\w:-]+\": \"|RUN |CMD |ENTRYPOINT ", line):
        return True
    if re.match(r"\[[\w\[]", line):
        return False
    above = "\n".join(lines[max(0, number - 4) : number + 1]).rpartition("\n\n")[2]
    return re.search(r"commands?\s*=|(::|```\w*|script:|run: \|)\s*$", above, re.MULTILINE) is not None


def _block(lines: list[str], start: int, room: int) -> int:
    """How many lines belong to the one that matched: an open bracket, a table head, or deeper indentation below it."""
    head = lines[start]
    indent = len(head) - len(head.lstrip())
    table = head.strip().startswith("[") and "=" not in head
    depth = 0
    for offset, line in enumerate(lines[start : start + room]):
        text = line.strip()
        if offset and not depth:
            deeper = bool(text) and len(line) - len(line.lstrip()) > indent and head.rstrip().endswith((":", "=", "("))
            inside = table and bool(text) and not text.startswith("[")
            if not deeper and not inside:
                return offset
        depth = max(0, depth + sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}"))
        depth = 0 if table and not offset else depth
    return room
