"""Words that a grammar does not know, put so that it does: lines stay, and so does nearly every column.

A grammar cannot expand macros, and it is older than the newest syntax. What is mended here are the few things that otherwise cost
whole classes. The reader: `trees.py`.
"""

from __future__ import annotations

import re


def mended(text: str, language: str, *, broken: bool) -> str:
    """The text to be parsed instead; the same where there is nothing to mend. `broken`: it did not parse as it is."""
    if language == "cpp":
        text = _EXPORTED.sub(_blanked, text)
    if language in ("c", "cpp") and broken:
        return _TRAILING.sub(_blanked, _LEADING.sub(_blanked, text))
    if language == "typescript" and broken:
        return _with_ends(text.replace("export type * ", "export * "))
    return text


# `class EXPORT_MACRO Name final : Base {`
_EXPORTED = re.compile(
    r"(?<=\b(?:class|union)\s)([A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)(?=\s+[A-Za-z_][\w:]*\s*(?:final\s*)?[:{;])"
    r"|(?<=\bstruct\s)([A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)(?=\s+[A-Za-z_][\w:]*\s*(?:final\s*)?[:{])"
)

# `EXPORT_MACRO Type* name(`, and `int count GUARDED_BY(lock);`
_LEADING = re.compile(r"^[A-Z][A-Z0-9_]{3,}(?=[ \t]+(?:[\w:<>,]+[*& \t]+)+\w+[ \t]*\()", re.MULTILINE)
_TRAILING = re.compile(r"(?<=[\w)\]])[ \t]+[A-Z][A-Z0-9_]{3,}\([^()\n]*\)(?=\s*[;{])")


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found[0])


# A generic call signature on a line of its own, in an interface.
_OPENS = re.compile(r"^\s+<(?:const\s+)?(?:[A-Z_$]\w*|$)")


def _with_ends(text: str) -> str:
    """TypeScript with a ";" before each generic call signature, where the grammar takes `<` for an operator."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not _OPENS.match(line):
            continue
        above = number - 1
        while above > 0 and (not lines[above].strip() or lines[above].lstrip().startswith(("//", "*", "/*"))):
            above -= 1
        if above > 0 and re.search(r"[\w>\])}'\"]\s*$", lines[above]):
            lines[above] += ";"
    return "\n".join(lines)
