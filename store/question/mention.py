"""The parts of a question that may be names: in backticks, with a call's parentheses, dotted, a path, or written as code is.

What they name in this repository, if anything: `link.py`. Nothing here looks at an index.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.question.lexicon import LIGHT, STOP
from store.question.terms import stem
from store.question.topics import NAME

_EXTENSIONS = frozenset(
    (
        "bash", "cc", "cfg", "cjs", "cpp", "cs", "css", "cts", "dockerfile", "go", "gradle", "hh", "hpp", "html", "ini", "java",
        "js", "jsx", "kt", "md", "mjs", "mk", "mts", "php", "proto", "py", "pyi", "pyx", "rb", "rs", "rst", "scala", "sh", "sql",
        "swift", "toml", "ts", "tsx", "txt", "xml", "yaml", "yml",
    )
)  # fmt: skip

_TOKEN = re.compile(
    r"`(?P<ticks>[^`]+)`"
    r"|(?P<path>(?:\.{0,2}/)?[\w.-]+(?:/[\w.{}-]+)+/?(?:::[\w.]+|:\d+(?:-\d+)?)?|[\w-]+/(?=\s|$))"
    r"|(?P<name>@?[A-Za-z_]\w*(?:(?:\.|::|\#)[A-Za-z_]\w*)*(?:\(\s*\)|\((?=[\w\"'*])[^()]*\))?)"
)

NOUNS = {
    "class": "class", "classes": "class", "exception": "class", "mixin": "class", "interface": "class", "struct": "class",
    "enum": "class", "trait": "class", "constructor": "class", "function": "function", "func": "function", "method": "function",
    "fn": "function", "decorator": "function", "fixture": "function", "def": "function", "file": "path", "folder": "path",
    "directory": "path",
    "module": "path", "package": "path", "constant": "value", "variable": "value", "attribute": "value", "property": "value",
    "flag": "value", "setting": "value", "env var": "value", "environment variable": "value", "regex": "value",
    "config key": "value", "parameter": "value", "option": "value",
}  # fmt: skip
"""What a question may call a name, and the sort of thing that is."""

_ADJECTIVES = frozenset(
    (
        "base", "parent", "super", "sub", "abstract", "main", "child", "inner", "outer", "new", "same", "each",
        "any", "other", "own", "helper", "whole", "first", "last", "public", "private", "default", "single", "custom",
        "wrapper", "error", "exception", "test", "config", "environment", "this", "that", "the", "a", "an", "its",
        "which", "what", "build",
    )
)  # fmt: skip
"""What stands before "class" or "file" and is no name."""

_NOUN = "|".join(sorted(NOUNS, key=len, reverse=True))
_NOUN_BEFORE = re.compile(
    rf"(?P<which>\b(?:which|what|any|every|each|all|a|an)\s+(?:(?!does|do|did|is|are)\w+\s+)?)?\b(?P<noun>{_NOUN})\s+$",
    re.IGNORECASE,
)
_NOUN_AFTER = re.compile(rf"^\s+(?P<noun>{_NOUN})\b", re.IGNORECASE)
_N = r"(?P<n>@?[\w.]+)"
_VERBS = (
    "calls|invokes|uses|raises|throws|imports?|subclasses|overrides|catches|instantiates|"
    "implements?|implementing|embeds?|extends?"
)
_OF = (
    "(?:base |parent |super)class(?:es)?|methods|members|fields|attributes|properties|exports|"
    "callers|callees|usages|users|subclasses|overrides|signature|parameters|"
    "arguments|definition|implementation|tests|source|overview|contents|structure|outline"
)
_HAVE = "define|declare|export|hold|have|provide|expose|import"
_DOES = "do|return|raise|call|for|take|mean|contain|import|expect|accept|inherit from"
_DONE = "defined|used|called|implemented|declared|raised|tested|imported|referenced|deprecated"
_SLOTS = tuple(
    re.compile(rule, re.IGNORECASE)
    for rule in (
        rf"^(?:what|who|which \w+|where)(?: \w+)? (?:{_VERBS}) (?:the )?{_N}(?: (?:in|inside|within|interface) ?.*)?\??$",
        rf"^(?:what|which)(?: \w+){{1,3}} (?:does|do) (?:the )?{_N} (?:{_HAVE})\??$",
        rf"^{_N} (?:methods|fields|members|exports|imports)$",
        rf"\b(?:{_OF}) (?:of|for) (?:the )?{_N}(?: (?:in|inside|within) .*)?\??$",
        rf"^what (?:does|do|is|are|did) (?:the )?{_N}(?: (?:{_DOES}))?\??$",
        rf"^(?:where|how often|is|are)(?: is| are|'s)? (?:the )?{_N} (?:{_DONE})\b",
        rf"^(?:explain|describe|show|show me|find|def|class) (?:the )?{_N}$",
        rf"^{_N} (?:callers|callees|usages|tests|signature|definition|subclasses)$",
        rf"^which tests (?:cover|use|exercise|test|call|reach) (?:the )?{_N}",
        rf"^(?:why does|who (?:calls|uses|raises|imports)) (?:the )?{_N}(?: exist)?",
        rf"^how does (?:the )?{_N} work\??$",
        rf"^{_N}\??$",
    )
)


_ASKING = frozenset(
    (
        "cal",
        "call",
        "invok",
        "use",
        "rais",
        "import",
        "test",
        "cover",
        "overrid",
        "catch",
        "read",
        "set",
        "chang",
        "need",
    )
)
"""Verbs that stand before a name."""

_EXISTS = re.compile(r"^\s*(?:is|are|was|were) there\b|^\s*(?:does|do) \w+ (?:\w+ )?(?:have|support)\b", re.IGNORECASE)


def existence(question: str) -> bool:
    """Whether a question asks if there is such a thing at all."""
    return _EXISTS.match(question) is not None


class Mention(NamedTuple):
    """A span of the question that may be a name.

    `text` is the name as written, without ticks, parentheses and "self."; `style` how it was written; `noun` the sort of thing
    that the question calls it (a value of `NOUNS`); `slot` whether it stands where a name stands ("who calls X").
    """

    text: str
    start: int
    end: int
    style: str
    noun: str = ""
    slot: bool = False

    @property
    def codelike(self) -> bool:
        """Written as only code is, so that not finding it means something."""
        return self.style not in ("word", "proper", "ticks")

    @property
    def meant(self) -> bool:
        """Surely meant as a name, so that there may be "no such thing": code-like, or "the Registry class"."""
        return self.codelike or self.noun == "class" and self.text[:1].isupper()


def mentions(question: str) -> list[Mention]:
    """All mentions in order: code-like ones, plain words that stand where a name stands, and capitalised ones."""
    stripped = question.strip()
    offset = len(question) - len(question.lstrip())
    slots = {m.span("n") for rule in _SLOTS if (m := rule.search(stripped))}
    found = []
    for match in _TOKEN.finditer(question):
        if match["ticks"]:
            found += _ticked(question, match)
            continue
        text, start, end = match[0], match.start(), match.end()
        style = "path" if match["path"] else _style(text)
        noun = _noun(question, start, end)
        slot = (start - offset, end - offset) in slots
        if (
            style == "word"
            and text[:1].isupper()
            and not text.isupper()
            and not (start == offset and text.lower() in STOP)
        ):
            style = "proper"
        if noun and text.lower() in _ADJECTIVES or _in_braces(question, start, end):
            continue
        if style == "word" and not slot and (text.lower() in NOUNS or text.lower() in STOP):
            continue
        if style == "word" and noun and not slot and _compound(question, start, end):
            continue
        if style != "word" or slot or noun:
            found.append(Mention(_clean(text), start, end, style, noun, slot))
    return [m for m in found if m.text]


def masked(question: str, names: list[Mention]) -> str:
    """The question with the given names replaced by NAME."""
    out, at = [], 0
    for one in sorted(names, key=lambda m: m.start):
        if one.start >= at:
            out += [question[at : one.start], NAME]
            at = one.end
    return "".join([*out, question[at:]]).replace("`", "")


def _ticked(question: str, match: re.Match[str]) -> list[Mention]:
    """Names in backticks: one, or those inside a snippet."""
    text = match["ticks"].strip()
    if re.fullmatch(r"@?[\w.:#/-]+(\(.*\))?", text) and not text.startswith("-"):
        style = "path" if "/" in text or _is_file(text) else _style(text)
        noun = _noun(question, match.start(), match.end())
        return [Mention(_clean(text), match.start(), match.end(), "ticks" if style == "word" else style, noun, True)]
    inner = [m for m in _TOKEN.finditer(text) if m["name"] and _style(m[0]) != "word"]
    base = match.start("ticks")
    return [Mention(_clean(m[0]), base + m.start(), base + m.end(), _style(m[0])) for m in inner]


def _in_braces(question: str, start: int, end: int) -> bool:
    """A placeholder in a text ("{http.request.host}") is no name of code."""
    return question[:start].endswith("{") and question[end:].startswith("}")


def _compound(question: str, start: int, end: int) -> bool:
    """Whether a plain word beside a noun is a part of a longer name for a thing: "the file server", "a Redis storage module",
    "password prompt option". Files go by names with an ending; and what is asked to exist has no name yet.
    """
    before = re.search(r"(\S+)\s+$", question[:start])
    word = before[1].lower() if before else ""
    if _EXISTS.match(question) and _noun(question, start, end) == "path":
        return True
    if _NOUN_AFTER.match(question[end:]):
        return word.isalpha() and word not in STOP and word not in LIGHT and stem(word) not in _ASKING
    return word == "file"


def _noun(question: str, start: int, end: int) -> str:
    """The sort of thing that the question calls this word: "the X class", "function X", but not "which function does"."""
    if after := _NOUN_AFTER.match(question[end:]):
        return NOUNS[after["noun"].lower()]
    before = _NOUN_BEFORE.search(question[:start])
    return NOUNS[before["noun"].lower()] if before and not before["which"] else ""


def _style(text: str) -> str:
    bare = text.split("(", 1)[0].lstrip("@")
    if text.endswith(")"):
        return "call"
    if _is_file(bare):
        return "path"
    if re.search(r"\.|::|#", bare):
        return "dotted"
    if re.fullmatch(r"__\w+__", bare):
        return "dunder"
    if "_" in bare.strip("_"):
        return "upper" if bare.isupper() else "snake"
    if bare.startswith("_") and len(bare) > 1:
        return "snake"
    if re.search(r"[a-z0-9][A-Z]", bare) or re.match(r"[A-Z]{2,}[a-z]{2,}", bare):
        return "camel"
    return "decorator" if text.startswith("@") else "word"


def _is_file(text: str) -> bool:
    stem, dot, extension = text.rpartition(".")
    if dot and stem and extension.lower() in _EXTENSIONS:
        return True
    return bool(re.fullmatch(r"[\w-]+\.(json|lock)", text)) and stem.lower() in (
        "package",
        "tsconfig",
        "uv",
        "cargo",
        "poetry",
    )


def _clean(text: str) -> str:
    text = text.strip().lstrip("@")
    if "/" not in text:
        text = text.split("(", 1)[0].replace("::", ".").replace("#", ".")
    return re.sub(r"^(self|cls|this)\.", "", text).strip(".")
