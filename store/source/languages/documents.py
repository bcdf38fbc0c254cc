"""Reads Markdown and reStructuredText: headings become sections, names in code style become references.

A section's qual is the path of its headings joined by ".", as for any symbol, so that its name is the heading itself. For that, a
"." within a heading becomes "-" ("Version 2.0" is `Changelog.Version 2-0`), and what would break an id (`#`, `<`, `>`, `|`) is
dropped; the signature has the path as it is written. Data files: `keys.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.source.languages.page import Page, first_paragraph
from store.source.languages.spelling import words_in
from store.source.record import FileRecord, Ref, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION_LIMIT = 500


class _Heading(NamedTuple):
    line: int
    level: int
    title: str
    body: int
    """The line on which what follows the heading starts."""


def read_markdown(page: Page) -> FileRecord:
    """A Markdown file: its sections, and the names it mentions as `code`."""
    return _read(page, list(_markdown_headings(page.lines)), _MARKDOWN_NAME)


def read_rst(page: Page) -> FileRecord:
    """A reStructuredText file: its sections, and the names in its roles, literals and autodoc directives."""
    return _read(page, list(_rst_headings(page.lines)), _RST_NAME)


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")


def _markdown_headings(lines: list[str]) -> Iterator[_Heading]:
    fence = ""
    at = _front_matter(lines)
    while at < len(lines):
        line = lines[at]
        if found := _FENCE.match(line):
            mark = found[1]
            if not fence:
                fence = mark
            elif mark.startswith(fence) and not line.strip().strip(mark[0]):
                fence = ""
        elif not fence and not line.startswith("    "):
            if (found := _ATX.match(line)) and found[2]:
                yield _Heading(at + 1, len(found[1]), found[2], at + 2)
            elif at + 1 < len(lines) and (found := _SETEXT.match(lines[at + 1])) and _is_title(lines, at):
                yield _Heading(at + 1, 1 if found[1][0] == "=" else 2, line.strip(), at + 3)
                at += 1
        at += 1


def _front_matter(lines: list[str]) -> int:
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:200], 1) if line.strip() in ("---", "...")), 0)
        return end + 1 if end else 0
    return 0


def _is_title(lines: list[str], at: int) -> bool:
    alone = at == 0 or not lines[at - 1].strip()
    return alone and bool(lines[at].strip()) and not re.match(r"\s*(?:[-*+>|]|\d+\.)\s|^\s*[-=|:]+\s*$", lines[at])


_LINE = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}\s*$")


def _rst_headings(lines: list[str]) -> Iterator[_Heading]:
    styles: list[tuple[str, bool]] = []
    at = 0
    while at + 1 < len(lines):
        over = bool(_LINE.match(lines[at])) and at + 2 < len(lines) and lines[at].rstrip() == lines[at + 2].rstrip()
        title = lines[at + 1] if over else lines[at]
        under = lines[at + 2] if over else lines[at + 1]
        found = _LINE.match(under)
        plain = title.strip() and not _LINE.match(title) and (over or not title[0].isspace())
        if found and plain and len(under.rstrip()) >= len(title.strip()) and (over or at == 0 or _clear(lines[at - 1])):
            style = (found[1], over)
            if style not in styles:
                styles.append(style)
            lasts = 3 if over else 2
            yield _Heading(at + 1, styles.index(style) + 1, title.strip(), at + 1 + lasts)
            at += lasts
        else:
            at += 1


def _clear(line: str) -> bool:
    return not line.strip() or line.startswith("..") or line[0].isspace()


# -- sections ----------------------------------------------------------------------------------------------------------


def _read(page: Page, headings: list[_Heading], names: re.Pattern[str]) -> FileRecord:
    headings = headings[:SECTION_LIMIT]
    symbols: list[Symbol] = []
    path: list[tuple[int, str, str]] = []
    quals: dict[str, int] = {}
    for number, heading in enumerate(headings):
        path = [p for p in path if p[0] < heading.level]
        path.append((heading.level, plain_title(heading.title), _unmarked(heading.title)))
        qual = ".".join(p[1] for p in path)
        quals[qual] = quals.get(qual, 0) + 1
        if quals[qual] > 1:
            qual = f"{qual}#{quals[qual]}"
        following = headings[number + 1 :]
        end = next((h.line - 1 for h in following if h.level <= heading.level), len(page.lines))
        own = following[0].line - 1 if following else len(page.lines)
        body = page.lines[heading.body - 1 : own]
        below = " ".join(h.title for h in following if h.line <= end)
        symbols.append(
            page.symbol(
                qual,
                "section",
                heading.line,
                _trimmed(page.lines, heading.line, end),
                signature=" > ".join(p[2] for p in path)[:200],
                doc=_prose(body),
                words=words_in(f"{heading.title}\n" + "\n".join(body) + f"\n{below}"),
            )
        )
    start = _front_matter(page.lines)
    doc = _prose(page.lines[start : headings[0].line - 1]) if headings else _prose(page.lines[start:])
    doc = doc or next((s.doc for s in symbols if s.doc), "")
    return page.record(symbols=symbols, doc=doc, refs=_mentioned(page, symbols, names))


def _trimmed(lines: list[str], start: int, end: int) -> int:
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def plain_title(title: str) -> str:
    """A heading as a part of a qual."""
    text = re.sub(r"[#<>|⟦⟧\"`]|::", "", _unmarked(title))
    text = re.sub(r"\.(?=\S)", "-", text).replace(".", "")
    return re.sub(r"\s+", " ", text).strip(" -")[:80] or "untitled"


def _unmarked(title: str) -> str:
    title = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>|\{#[^}]*\}", "", title)
    title = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", title)
    title = re.sub(r":[\w:]+:`~?([^`<]*)(?:<[^`]*>)?`", r"\1", title)
    return re.sub(r"[*`]|(?<!\w)_+|_+(?!\w)", "", title).strip()


_NOT_PROSE = re.compile(
    r"^\s*(?:\[!\[|!\[|<[a-zA-Z!/]|\.\. |[-=*_~`|+]{3,}|\|[\w -]+\|(?:\s|$)|:[\w-]+:|\[[^\]]+\]:\s|```)"
)


def _prose(lines: list[str]) -> str:
    """The first paragraph that is prose: no badges, directives or tables."""
    taken: list[str] = []
    skipped = False
    for line in lines:
        if not line.strip():
            if taken:
                break
            skipped = False
        elif _NOT_PROSE.match(line):
            if taken:
                break
            skipped = True
        elif not (skipped and line[0].isspace()):
            taken.append(line)
    return _unmarked(first_paragraph(taken))


# -- names that are mentioned ------------------------------------------------------------------------------------------

_MARKDOWN_NAME = re.compile(r"(?<!`)`([A-Za-z_][\w.:]*)(?:\(\))?`(?!`)")
_RST_NAME = re.compile(
    r"(?::(?:py:)?(?:func|class|meth|attr|mod|exc|data|obj|const):`[~!.]*(?:[^`<]*<)?"
    r"|^\s*\.\. (?:py:)?(?:auto)?(?:module|class|function|method|exception|attribute|data)::\s*|``)([A-Za-z_][\w.]*)"
)


def _mentioned(page: Page, symbols: list[Symbol], names: re.Pattern[str]) -> tuple[Ref, ...]:
    """A reference by name for every name that the text sets as code, from its section."""
    found: dict[tuple[str, str], set[int]] = {}
    for number, line in enumerate(page.lines, 1):
        for match in names.finditer(line):
            name = re.split(r"\.|::", match[1].rstrip(".:"))[-1]
            if len(name) > 2:
                around = [s for s in symbols if s.start <= number <= s.end]
                found.setdefault((name, around[-1].qual if around else ""), set()).add(number)
    return tuple(
        Ref(name=name, via="unknown", kind="use", scope=scope, lines=tuple(sorted(lines)))
        for (name, scope), lines in found.items()
    )
