"""Reads TOML, YAML, JSON and INI files: keys become symbols, so that "how is this run" and "what is this set to" can be answered.

A key's qual is its dotted path, as it would be written. Only the upper levels are taken. These are line readers: values come
from the text, or from the standard library where it has a parser. Makefiles and the like: `recipes.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from store.source.languages.page import LINE_LIMIT, Page, one_line
from store.source.languages.spelling import words_in
from store.source.record import FileRecord, Setting, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KEY_LIMIT = 400
"""Keys of one file: what has more is data, and its upper levels say enough."""


class Key(NamedTuple):
    """A key, where it is, and its value as text."""

    path: tuple[str, ...]
    start: int
    end: int
    value: str = ""

    @property
    def qual(self) -> str:
        return ".".join(re.sub(r"[#<>⟦⟧\n]", "", part) or "-" for part in self.path)


def key_symbols(page: Page, keys: Iterable[Key], mark: str = "#") -> list[Symbol]:
    """The symbols of keys, with the comment above each as its doc."""
    found: list[Symbol] = []
    for key in keys:
        if len(found) == KEY_LIMIT:
            break
        text = page.span(key.start, key.end)
        found.append(
            page.symbol(
                key.qual,
                "key",
                key.start,
                key.end,
                signature=one_line(page.lines[key.start - 1]),
                doc=_comment_above(page.lines, key.start, mark),
                value=key.value[:LINE_LIMIT],
                words=words_in(f"{'.'.join(key.path)}\n{text[:4000]}"),
            )
        )
    return found


def _comment_above(lines: list[str], line: int, mark: str) -> str:
    found: list[str] = []
    at = line - 2
    while at >= 0 and lines[at].lstrip().startswith(mark) and len(found) < 8:
        found.append(lines[at].strip().lstrip(mark + "!").strip())
        at -= 1
    return one_line(" ".join(reversed(found)))


def _file_doc(lines: list[str], mark: str = "#") -> str:
    found: list[str] = []
    for line in lines[:20]:
        if not line.lstrip().startswith(mark):
            break
        found.append(line.strip().lstrip(mark + "!").strip())
    return one_line(" ".join(found))


# -- TOML --------------------------------------------------------------------------------------------------------------

_TABLE = re.compile(r"^\s*\[(\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_PAIR = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=\s*(.*)$")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([\w-]+)")


def read_toml(page: Page) -> FileRecord:
    """A TOML file: its tables and keys, four levels deep. A broken one is read as far as its lines make sense."""
    note, data = "", {}
    try:
        data = tomllib.loads(page.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        note = f"not valid TOML: {error}"
    keys = [k for k in _toml_keys(page.lines, data) if len(k.path) <= 4]
    types = _cargo(data) if page.path.rsplit("/", 1)[-1] == "Cargo.toml" else {}
    return page.record(symbols=key_symbols(page, keys), doc=_file_doc(page.lines), types=types, note=note)


def _cargo(data: dict[str, Any]) -> dict[str, str]:
    """What finding a crate's modules takes, as `project` facts (see `read_json`)."""
    found: dict[str, str] = {}
    for table in ("package", "lib"):
        value = _looked_up(data, (table, "name"))
        if isinstance(value, str):
            found[f"{table}.name.(project)"] = value
    listed = [t for kind in ("bin", "test", "example", "bench") for t in data.get(kind, ()) if isinstance(t, dict)]
    targets = [t["path"] for t in (data.get("lib"), *listed) if isinstance(t, dict) and isinstance(t.get("path"), str)]
    if targets:
        found["targets.(project)"] = "\n".join(targets)
    tables = [data.get(t) for t in ("dependencies", "dev-dependencies", "build-dependencies")]
    names = sorted({name.replace("-", "_") for table in tables if isinstance(table, dict) for name in table})
    return found | ({"dependencies.(project)": " ".join(names)} if names else {})


def _toml_keys(lines: list[str], data: dict[str, Any]) -> Iterator[Key]:
    table: tuple[str, ...] = ()
    tables = [n for n, line in enumerate(lines) if _TABLE.match(line)]
    at = 0
    while at < len(lines):
        if found := _TABLE.match(lines[at]):
            table = _toml_parts(found[2])
            after = next((n for n in tables if n > at), len(lines))
            yield Key(table, at + 1, _trim(lines, at + 1, after))
        elif found := _PAIR.match(lines[at]):
            path, last = (*table, *_toml_parts(found[1])), _toml_end(lines, at, found[2])
            value = _looked_up(data, path)
            yield Key(path, at + 1, last + 1, _shown(value) if value is not None else _bare(found[2]))
            at = last
        at += 1


def _bare(text: str) -> str:
    """A value as it is written, without quotes or a comment: for keys of `[[tables]]`, and of files that do not parse."""
    found = re.match(r"\"([^\"]*)\"|'([^']*)'|([^#]*)", text.strip())
    return (found[1] or found[2] or found[3] or "").strip() if found else ""


def _toml_parts(text: str) -> tuple[str, ...]:
    return tuple(double or single or bare for double, single, bare in _PART.findall(text))


def _toml_end(lines: list[str], at: int, value: str) -> int:
    """The last line of a value that starts on line `at`."""
    for quote in ('"""', "'''"):
        if value.startswith(quote):
            if quote in value[3:]:
                return at
            return next((n for n in range(at + 1, len(lines)) if quote in lines[n]), at)
    depth = 0
    for number in range(at, len(lines)):
        text = re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*", "", value if number == at else lines[number])
        depth += sum(text.count(c) for c in "[{") - sum(text.count(c) for c in "]}")
        if depth <= 0:
            return number
    return at


def _trim(lines: list[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _looked_up(data: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if not isinstance(data, dict) or part not in data:
            return None
        data = data[part]
    return data


def _shown(value: Any) -> str:
    """A value on one line: a string as it is, all else as JSON."""
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value, ensure_ascii=False, default=str)


# -- JSON --------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|[{}\[\],:]|\n|[^\s{}\[\],:"]+', re.DOTALL)


def read_json(page: Page) -> FileRecord:
    """A JSON file, comments and trailing commas allowed: the upper keys of its objects.

    What the imports of other files depend on is put in `types` too, under "<key>.(project)": a change of it reaches them.
    """
    types: dict[str, str] = {}
    name = page.path.rsplit("/", 1)[-1]
    keys, broken = _json_keys(page, 2 if name == "package.json" else 3)
    values = {k.qual: k.value for k in keys}
    if name == "package.json":
        wanted = ("name", "main", "module", "source", "types", "exports", "browser")
        types = {f"{k}.(project)": values[k] for k in wanted if values.get(k)}
    elif re.fullmatch(r"[tj]sconfig(?:\..*)?\.json", name):
        prefix = "compilerOptions."
        wanted_too = (prefix + "baseUrl", "extends")
        types = {f"{k}.(project)": v for k, v in values.items() if k in wanted_too or k.startswith(prefix + "paths.")}
    note = "not valid JSON" if broken else ""
    return page.record(symbols=key_symbols(page, keys, "//"), types=types, note=note)


def _json_keys(page: Page, depth: int) -> tuple[list[Key], bool]:
    """The keys outside of arrays to a depth, and whether something was wrong."""
    found: list[Key] = []
    opened: list[tuple[str, tuple[str, ...], int, int]] = []  # bracket, path, line of the key, start of the value
    path: tuple[str, ...] = ()
    line, name, name_line, awaiting = 1, "", 1, False
    for match in _TOKEN.finditer(page.text):
        token = match[0]
        arrays = any(o[0] == "[" for o in opened)
        if token in "{[":
            opened.append((token, path, name_line, match.start()))
            path = (*path, name) if awaiting else path
            awaiting = False
        elif token in "}]":
            if not opened:
                return found, True
            _, before, at, start = opened.pop()
            arrays = any(o[0] == "[" for o in opened)
            if path != before and len(path) <= depth and not arrays:
                text = re.sub(r"\s+", " ", page.text[start : match.end()][:1000])
                found.append(Key(path, at, line, text))
            path = before
            awaiting = False
        elif token == ":":
            awaiting = bool(name)
        elif token == ",":
            awaiting = False
        elif token.startswith(("//", "/*")) or token == "\n":
            line += token.count("\n")
        elif awaiting:
            if len(path) < depth and not arrays:
                found.append(Key((*path, name), name_line, line, _unquoted(token)))
            awaiting = False
        else:
            name, name_line = _unquoted(token), line
    return sorted(found, key=lambda k: (k.start, len(k.path))), bool(opened)


def _unquoted(token: str) -> str:
    if token.startswith('"'):
        try:
            return str(json.loads(token, strict=False))
        except ValueError:
            return token.strip('"')
    return token


# -- YAML --------------------------------------------------------------------------------------------------------------

_YAML_KEY = re.compile(
    r"^(\s*)((?:-\s+)*)(?:([\w$./@*{}\[\]-][^:#{}\[\]]*?|\"[^\"]*\"|'[^']*'|\?\s.*?)\s*:(?:\s+(.*))?)$"
)
_BLOCK = re.compile(r"^[|>][+-]?\d*\s*(?:#.*)?$")


def read_yaml(page: Page) -> FileRecord:
    """A YAML file, read by its indentation: three levels of keys, and every `run` of a workflow."""
    keys: list[Key] = []
    open_keys: list[tuple[int, int]] = []  # indent, place in keys
    paths: list[tuple[int, str]] = []
    at = 0
    lines = page.lines
    while at < len(lines):
        line = lines[at]
        found = _YAML_KEY.match(line) if line.strip() and not line.lstrip().startswith("#") else None
        if found is None or line.startswith("%"):
            at += 1
            continue
        indent = len(found[1]) + len(found[2])
        name, value = found[3].strip("\"'"), (found[4] or "").strip()
        paths = [p for p in paths if p[0] < indent]
        open_keys = [o for o in open_keys if o[0] < indent]
        last = at
        if _BLOCK.match(value):
            last = _block_end(lines, at, indent - len(found[2]) if found[2] else indent)
            value = "\n".join(text.strip() for text in lines[at + 1 : last + 1]).strip()
        path = (*(p[1] for p in paths), name)
        paths.append((indent, name))
        if len(path) <= 3 or (name in ("run", "script") and len(path) <= 6):
            keys.append(Key(path, at + 1, last + 1, _yaml_value(value)))
        at = last + 1
    return page.record(symbols=key_symbols(page, _stretched(keys, lines)), doc=_file_doc(lines))


def _block_end(lines: list[str], at: int, indent: int) -> int:
    last = at
    for number in range(at + 1, len(lines)):
        text = lines[number]
        if text.strip() and len(text) - len(text.lstrip()) <= indent:
            break
        if text.strip():
            last = number
    return last


def _yaml_value(value: str) -> str:
    if "\n" not in value:
        value = re.sub(r"(?:^|\s+)#.*$", "", value) if not value.startswith(("'", '"')) else value
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _stretched(keys: list[Key], lines: list[str]) -> list[Key]:
    """The keys with their ends: a key lasts until the next line that is not indented more."""
    found = []
    for key in keys:
        indent = len(lines[key.start - 1]) - len(lines[key.start - 1].lstrip(" -"))
        end = key.end
        for number in range(key.end, len(lines)):
            text = lines[number]
            if text.strip() and not text.lstrip().startswith("#"):
                inner = len(text) - len(text.lstrip())
                if inner < indent or (inner == indent and not text.lstrip().startswith("- ")) or text.startswith("---"):
                    break
                end = number + 1
        found.append(key._replace(end=end))
    return found


# -- INI ---------------------------------------------------------------------------------------------------------------

_INI_KEY = re.compile(r"^(?:export\s+)?([\w.$*/@:-]+(?: [\w.-]+)*?)\s*(?:=|:(?=\s|$))\s*(.*)$")


def read_ini(page: Page) -> FileRecord:
    """An INI file, a .properties file or a .env: sections and keys, with the lines that continue a value."""
    keys: list[Key] = []
    section: tuple[str, ...] = ()
    started = 0
    secret = _is_secret(page.path)
    for number, line in enumerate(page.lines, 1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if text.startswith("[") and text.endswith("]"):
            section, started = (text[1:-1].strip(),), len(keys)
            keys.append(Key(section, number, number))
        elif line[0].isspace() and len(keys) > started and keys[-1].path != section:
            keys[-1] = keys[-1]._replace(end=number, value="" if secret else f"{keys[-1].value}\n{text}".strip())
        elif found := _INI_KEY.match(text):
            keys.append(Key((*section, found[1]), number, number, "" if secret else found[2].strip("\"'")))
        if section and keys[started].path == section:
            keys[started] = keys[started]._replace(end=number)
    settings = []
    if "env" in page.path.rsplit("/", 1)[-1].split("."):
        settings = [Setting(k.path[-1], "env", "define", k.start, k.qual, k.value) for k in keys if not section]
    return page.record(symbols=key_symbols(page, keys), doc=_file_doc(page.lines), settings=tuple(settings))


def _is_secret(path: str) -> bool:
    """Whether the values of a file are nobody's business: a .env that is no example of one."""
    parts = path.rsplit("/", 1)[-1].lower().split(".")
    return "env" in parts and not {"example", "sample", "template", "dist", "defaults"} & set(parts)
