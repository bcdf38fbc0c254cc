"""Reads files that say how to build and run: Makefiles, justfiles, Dockerfiles, go.mod. Targets and instructions become keys.

Files of keys and values: `keys.py`.
"""

from __future__ import annotations

import re

from store.source.languages.keys import Key, key_symbols
from store.source.languages.page import Page
from store.source.record import FileRecord, Ref, Setting

_TARGET = re.compile(r"^([\w./ -]+?)\s*::?(?!=)\s*([^=#]*?)(?:\s*#.*)?$")
_VARIABLE = re.compile(r"^(?:export\s+|override\s+)?([\w.-]+)\s*(\?=|:=|::=|\+=|=|!=)\s*(.*)$")


def read_make(page: Page) -> FileRecord:
    """A Makefile: its targets, the value being their commands, and its variables. `X ?= y` reads a setting."""
    keys: list[Key] = []
    settings: list[Setting] = []
    refs: list[Ref] = []
    for at, line in enumerate(page.lines):
        if line[:1] in ("\t", " ", "#", "") or line.startswith(
            (".", "-", "$", "if", "endif", "else", "include", "define")
        ):
            continue
        if found := _VARIABLE.match(line):
            end = _continued(page.lines, at)
            keys.append(Key((found[1],), at + 1, end + 1, found[3].rstrip("\\").strip()))
            if found[2] == "?=":
                settings.append(Setting(found[1], "env", "read", at + 1, "", found[3].strip()[:200]))
        elif (found := _TARGET.match(line)) and "%" not in line:
            end, commands = _recipe(page.lines, at)
            for name in found[1].split():
                keys.append(Key((name,), at + 1, end + 1, commands))
                refs.extend(Ref(n, "module", "use", name, (at + 1,)) for n in found[2].split() if n.isidentifier())
    symbols = key_symbols(page, keys)
    known = {s.qual for s in symbols}
    return page.record(symbols=symbols, settings=tuple(settings), refs=tuple(r for r in refs if r.name in known))


def _continued(lines: list[str], at: int) -> int:
    while at + 1 < len(lines) and lines[at].endswith("\\"):
        at += 1
    return at


def _recipe(lines: list[str], at: int) -> tuple[int, str]:
    """The last line of the recipe of a target, and its commands."""
    at = last = _continued(lines, at)
    commands: list[str] = []
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if line.strip() and not line[0].isspace() and not line.startswith("#"):
            break
        if line[:1].isspace() and line.strip():
            last = number
            if line.strip().startswith(("$(info", "#")):
                continue
            if commands and commands[-1].endswith("\\"):
                commands[-1] = f"{commands[-1][:-1].rstrip()} {line.strip()}"
            else:
                commands.append(line.strip().lstrip("@-+"))
    return last, "\n".join(commands)


_JUST = re.compile(r"^@?([A-Za-z_][\w-]*)((?:\s+[^:]*?)?)\s*:(?!=)\s*(.*)$")


def read_just(page: Page) -> FileRecord:
    """A justfile: its recipes, the value being their commands."""
    keys: list[Key] = []
    for at, line in enumerate(page.lines):
        if line[:1].isspace() or line.startswith(("#", "[", "set ", "alias ", "export ", "import ", "mod ")):
            continue
        if found := _JUST.match(line):
            end, commands = _recipe(page.lines, at)
            keys.append(Key((found[1],), at + 1, end + 1, commands))
    return page.record(symbols=key_symbols(page, keys))


_INSTRUCTION = re.compile(r"^\s*([A-Za-z]+)\s+(.*)$")
_INSTRUCTIONS = frozenset({
    "FROM", "RUN", "CMD", "ENTRYPOINT", "EXPOSE", "ENV", "ARG", "WORKDIR", "COPY", "ADD", "USER", "VOLUME", "HEALTHCHECK",
    "SHELL", "LABEL",
})  # fmt: skip


def read_docker(page: Page) -> FileRecord:
    """A Dockerfile: one key for each instruction; ENV and ARG define settings."""
    keys: list[Key] = []
    settings: list[Setting] = []
    at = 0
    while at < len(page.lines):
        end = _continued(page.lines, at)
        found = _INSTRUCTION.match(page.lines[at])
        if found and (name := found[1].upper()) in _INSTRUCTIONS:
            rest = [found[2], *page.lines[at + 1 : end + 1]]
            value = " ".join(part.strip().rstrip("\\").strip() for part in rest if not part.lstrip().startswith("#"))
            keys.append(Key((name,), at + 1, end + 1, value))
            if name in ("ENV", "ARG") and (pair := re.match(r"([\w-]+)(?:[=\s]+(.*))?$", value)):
                settings.append(Setting(pair[1], "env", "define", at + 1, "", (pair[2] or "").strip("\"'")[:200]))
        at = end + 1
    return page.record(symbols=key_symbols(page, keys), settings=tuple(settings))


def read_gomod(page: Page) -> FileRecord:
    """A go.mod or go.work: its directives. The module's path is kept in `types`, which is how imports are resolved."""
    keys: list[Key] = []
    types: dict[str, str] = {}
    at = 0
    while at < len(page.lines):
        found = re.match(
            r"^(module|go|toolchain|require|replace|exclude|retract|use)\s+(.*?)(?:\s*//.*)?$", page.lines[at]
        )
        last = at
        if found:
            value = found[2].strip('"')
            if value == "(":
                last = next((n for n in range(at, len(page.lines)) if page.lines[n].startswith(")")), at)
                value = "\n".join(line.strip() for line in page.lines[at + 1 : last])
            keys.append(Key((found[1],), at + 1, last + 1, value))
            if found[1] == "module":
                types["module.(project)"] = value
        at = last + 1
    return page.record(symbols=key_symbols(page, keys, "//"), types=types)
