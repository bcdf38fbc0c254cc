"""Questions about how a project is worked on: test, lint, build, supported versions, dependencies. Which topic each is about.

The topics are those that `store/families/commands.py` answers.
"""

from __future__ import annotations

import re

NAME = "¤"
"""Stands for a name in a question, where rules look at its shape (see `mention.py`)."""

_HOW = r"\bhow (do|does|can|to|should|is|are)\b"
_PYTHONS = r"(lowest|minimum|minimal|oldest|min|supported|which|what|required|highest|newest|earliest)"

_PROJECT = "(project|repo|package|wheel|distribution|it|sdist)"
_HERE = "(project|repo|package|development|dev|locally|environment|from source)"
_PROGRAM = "(cli|app|server|project|program|service|example|it|repo)"

_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("test", (
        r"\b(run|runs|running|execute|executed|start|launch|invoke)\b.*\btests?\b",
        r"\btest (suite|command)\b.*\b(run|start|command)",
        r"\btests? (be )?(run|executed|started)|\brun(ning)? pytest\b|\bpytest (command|options|config|configuration)\b",
        rf"{_HOW}.*\btest (this|the) (repo|project|package|library|code)\b|\btest (command|suite)$",
    )),
    ("lint", (r"\b(lint|linter|linters|linting|code style|ruff|flake8|pre-?commit|style checks?)\b",)),
    ("format", (r"\b(code formatters?|auto-?format|format the code)\b",)),
    ("types", (
        r"\btype[- ]?check(s|ed|er|ers|ing)?\b|\bstatic typ(e|ing)( \w+)? (check|analys)\w*|\b(mypy|pyright)\b",
        r"\bcheck(ing)? (the )?types\b",
    )),
    ("docs", (r"\bbuild(ing|s)? (the )?(docs|documentation)\b|\b(docs|documentation) (be )?built\b",)),
    ("python", (
        rf"\b{_PYTHONS}( \w+){{0,3}} pythons?\b( versions?)?|\bpython versions?\b|\bversions? of python\b",
        r"\bpython\b.*\b(supports?|supported|required?)\b|\bpython [23](\.\d+)?\b.*\bsupport",
    )),
    ("backend", (r"\bbuild[- ](backend|system|tool)\b|\bpackag(ed|ing) (with|tool|backend)|\bwhich tool builds\b",)),
    ("extras", (r"\b(optional )?extras\b|\boptional (dependenc|requirement|package|extra)",)),
    ("dependencies", (
        r"\b(third[- ]party|runtime|direct|required|project|package|dev(elopment)?|python) (dependencies|requirements)\b",
        r"^(dependencies|requirements)$|\b(what|which|list|show|its|the) (dependencies|requirements)\b",
        r"\bwhat (packages|libraries) (does|do|are)\b.*\b(depend|need|require|install)|\bdepends? on (which|what)",
        r"\b(which|what) (\w+ )?(packages|libraries)\b.*\b(depends?|required?|installed|pinned|needs?)\b",
        r"\b(which|what) version of \w+ (do|does|is|are)\b",
    )),
    ("build", (
        rf"{_HOW}.*\b(build|compile|package)( (the|this|a))?( \w+)? ?{_PROJECT}\b",
        r"\bbuild command\b|\bbuild (a|the) (wheel|sdist|package|distribution)",
    )),
    ("install", (
        rf"{_HOW}.*\b(install|set ?up)( (the|this|a|it|for))?( \w+)? ?{_HERE}\b|{_HOW}.*\binstall( (it|this))?$",
        r"\b(dev|development) (setup|environment)\b|\binstall (command|instructions)\b",
    )),
    ("entry", (r"\bentry[- ]points?\b|\bconsole[- ]scripts?\b",)),
    ("run", (
        rf"\bhow (do|can|to|should) (i |we |you |one )?(run|start|launch|execute)( (the|this))? {_PROGRAM}\b",
        r"\bcommand (to|that|for) (run|start)",
    )),
    ("ci", (
        r"\b(ci|continuous integration|github actions?|workflows?)\b.*\b(runs?|jobs?|configured|checks?|tests?)\b",
        r"\bci (config|pipeline|job)",
    )),
    ("version", (r"\b(current|package|project|library) version\b|\b(which|what) version is (this|it|the)\b",)),
    ("license", (r"\blicen[sc]ed?\b",)),
)  # fmt: skip

_COMPILED = tuple((topic, re.compile("|".join(f"(?:{r})" for r in rules))) for topic, rules in _RULES)

_COMMAND = re.compile(
    r"\b(what|which) command\b|\bhow (do|can|to|should) (i|we|you)\b|^\W*[\w.]+ (extras|dependencies)"
)


def topics_of(text: str) -> tuple[str, ...]:
    """The topics that a question (lower case, names replaced) is about; none where it is about a name of the code."""
    found = tuple(topic for topic, rule in _COMPILED if rule.search(text))
    return found if found and (NAME not in text or _COMMAND.search(text)) else ()


_DECLARED = {
    "install_requires": "dependencies", "extras_require": "extras", "optional-dependencies": "extras",
    "requires-python": "python",
    "python_requires": "python", "build-backend": "backend", "console_scripts": "entry", "entry_points": "entry",
    "devdependencies": "dependencies", "dependency-groups": "extras", "build-system": "backend",
}  # fmt: skip


def declared_topic(question: str) -> tuple[str, ...]:
    """The topic of a question that uses the very word by which project files declare it: "setup.py install_requires"."""
    words = re.findall(r"[a-z][a-z_-]+", question.lower())
    return tuple(dict.fromkeys(_DECLARED[w] for w in words if w in _DECLARED))
