"""The parts of a question that may be names: in backticks, with a call's parentheses, dotted, a path, or written as code is.

What they name in this repository, if anything: `link.py`. Nothing here looks at an index.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.question.kinds import NAME

_EXTENSIONS = frozenset(
    ["py", "pyi", "pyx", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "go", "rs", "java", "kt", "c", "h", "cc", "cpp", "hpp", "hh", "cs", "rb", "php", "swift", "scala", "sh", "bash", "toml", "cfg", "ini", "yml", "yaml", "json", "md", "rst", "txt", "lock", "html", "css", "sql", "proto", "dockerfile", "mk", "xml", "env", "gradle"]
)

_TOKEN = re.compile(
    r"`(?P<ticks>[^`]+)`"
    r"|(?P<path>(?:\.{0,2}/)?[\w.-]+(?:/[\w.{}-]+)+/?(?:::[\w.]+|:\d+(?:-\d+)?)?|[\w-]+/(?=\s|$))"
    r"|(?P<name>@?[A-Za-z_]\w*(?:(?:\.|::|\#)[A-Za-z_]\w*)*(?:\(\s*\)|\((?=[\w\"'*])[^()]*\))?)"
)
_KIND_NOUN = (
    "class|classes|function|func|method|decorator|fixture|module|package|file|folder|directory|exception|error|"
    "constant|variable|attribute|property|flag|env var|environment variable|setting|option|command|helper|mixin|hook|"
    "parameter|regex|enum|interface|struct|trait|type|test|key|config key|component|middleware|view|handler|event"
)
_DEFINING = re.compile(
    r"\b(?:def|class|function|func|fn|method|decorator|struct|enum|interface|trait|variable|constant|fixture|called|named)\s+$",
    re.IGNORECASE,
)
_NOUN_AFTER = re.compile(rf"^\s+(?P<noun>{_KIND_NOUN})s?\b", re.IGNORECASE)
_SLOTS = tuple(
    re.compile(p, re.IGNORECASE)
    for p in (
        r"^(?:what|who|which \w+|where)(?: \w+)? (?:calls|invokes|uses|raises|throws|imports|subclasses|overrides|catches|instantiates) (?P<n>[\w.]+)\??$",
        r"\b(?:callers|callees|usages|users|subclasses|overrides|signature|parameters|arguments|definition|implementation|tests|source) (?:of|for) (?:the )?(?P<n>[\w.]+)\??$",
        r"^what (?:does|do|is|are|did) (?:the )?(?P<n>[\w.]+)(?: (?:do|return|raise|call|for|take|mean|contain|import|expect|accept|inherit from))?\??$",
        r"^where(?: is| are|'s) (?:the )?(?P<n>[\w.]+) (?:defined|used|called|implemented|declared|raised|tested|imported)\b",
        r"^(?:explain|describe|show|show me|find|def|class) (?:the )?(?P<n>[\w.]+)$",
        r"^(?P<n>[\w.]+) (?:callers|callees|usages|tests|signature|definition|subclasses)$",
        r"^who (?:calls|uses|raises|imports) (?P<n>[\w.]+)",
        r"^which tests (?:cover|use|exercise|test|call|reach) (?:the )?(?P<n>[\w.]+)",
        r"^is (?:the )?(?P<n>[\w.]+) (?:used|called|tested|referenced|deprecated)\b",
        r"^why does (?:the )?(?P<n>[\w.]+) exist",
        r"^how does (?:the )?(?P<n>[\w.]+) work\??$",
        r"^(?P<n>[\w.]+)\??$",
    )
)


class Mention(NamedTuple):
    """A span of the question that may be a name.

    `text` is the name as written, without ticks, parentheses and "self."; `style` how it was written; `noun` what the question calls
    it ("class", "file"); `slot` whether the sentence has it where a name stands ("who calls X").
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
        return self.style in ("call", "dotted", "snake", "path", "upper", "dunder") or self.style == "camel"

    @property
    def certain(self) -> bool:
        """Surely meant as a name: code-like, or named as a thing of code."""
        return self.codelike or bool(self.slot and self.noun)


def mentions(question: str) -> list[Mention]:
    """All mentions in order: code-like ones, and plain words that stand where a name stands."""
    slots = {m.span("n") for rule in _SLOTS if (m := rule.search(question.strip()))}
    offset = len(question) - len(question.lstrip())
    found = []
    for match in _TOKEN.finditer(question):
        if match["ticks"]:
            found += _ticked(question, match)
            continue
        text, start, end = match[0], match.start(), match.end()
        style = "path" if match["path"] else _style(text)
        noun, defined = _noun(question, start, end)
        slot = defined or (start - offset, end - offset) in slots
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
    text = match["ticks"].strip()
    noun, _ = _noun(question, match.start(), match.end())
    if re.fullmatch(r"@?[\w.:#/-]+(\(.*\))?", text):
        style = "path" if "/" in text or _is_file(text) else _style(text)
        return [Mention(_clean(text), match.start(), match.end(), "ticks" if style == "word" else style, noun, True)]
    inner = [m for m in _TOKEN.finditer(text) if m["name"] and _style(m[0]) != "word"]
    base = match.start("ticks")
    return [Mention(_clean(m[0]), base + m.start(), base + m.end(), _style(m[0]), "", False) for m in inner]


def _noun(question: str, start: int, end: int) -> tuple[str, bool]:
    """What the question calls this word, and whether that is said in front of it ("class X")."""
    before = _DEFINING.search(question[:start])
    after = _NOUN_AFTER.match(question[end:])
    if before:
        return before[0].strip().lower(), True
    return (after["noun"].lower() if after else ""), False


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
    return "word"


def _is_file(text: str) -> bool:
    stem, dot, extension = text.rpartition(".")
    return (
        bool(dot and stem and extension.lower() in _EXTENSIONS)
        and extension not in ("env", "c", "h", "json", "lock")
        or bool(re.fullmatch(r"[\w-]+\.(json|lock)", text))
    )


def _clean(text: str) -> str:
    text = text.strip().lstrip("@")
    if "/" not in text:
        text = text.split("(", 1)[0].replace("::", ".").replace("#", ".")
    return re.sub(r"^(self|cls|this)\.", "", text).strip(".")
