"""The lint of what a model wrote: text that could steer whoever reads it later, hide something, or carry data out, is refused.

It looks at the text alone, and never mends it: a refused item is dropped whole. Whether an item is true to the source is
`sleep/thinking/verify.py`'s matter. Better one good fact lost than one instruction served as a fact to every session.
"""

from __future__ import annotations

import re
import unicodedata

from store.secrets import redact

_READERS = "agents?|readers?|reviewers?|developers?|maintainers?|whoever|anyone|everyone"
_READING = "editing|answering|reviewing|responding|summari[sz]ing|asked|using this"

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.MULTILINE))
    for reason, pattern in (
        ("link", r"(?i:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\bdata:[a-z]+/|\bmailto:)|\]\s*\(|!\[|\[[^\]]*\]:"),
        ("markup", r"<[a-zA-Z/!?][^>]{0,200}>?|```|~~~|^\s{0,3}(#{1,6}\s|>)|⟦|⟧"),
        ("encoded", r"\b(?=\S*[A-Z])(?=\S*[a-z])(?=\S*\d)[A-Za-z0-9+/_-]{40,}={0,2}|\b[0-9a-fA-F]{40,}\b"),
        ("encoded", r"(?:\\x[0-9a-fA-F]{2}){6,}|(?:%[0-9a-fA-F]{2}){6,}"),
        ("redacted", r"‹redacted"),
        # Orders to whoever reads it, and words that only somebody who talks to a reader uses.
        (
            "imperative",
            r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}\b(?:all|any|previous|prior|above|earlier)",
        ),
        (
            "imperative",
            r"(?i)\b(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}\b(?:instruction|rule|prompt|safety|test)",
        ),
        (
            "imperative",
            r"(?i)\b(?:you|your|yourself|assistants?|claude|chatgpt|copilot|llms?|language models?|please)\b",
        ),
        (
            "imperative",
            rf"(?i)\b(?:{_READERS})\b[^.]{{0,30}}\b(?:must|should|shall|needs? to|ha(?:ve|s) to|(?:is|are) to)\b",
        ),
        ("imperative", rf"(?i)\b(?:before|when|while|after|prior to)\s+(?:{_READING})\b"),
        (
            "imperative",
            r"(?i)\b(?:system prompt|developer message|new instructions?|do not (?:tell|mention|reveal|verify|check|read))\b",
        ),
        ("imperative", r"(?i)\bwithout (?:asking|telling|verifying|checking)\b|\b(?:important|attention):|\bnote to\b"),
        (
            "imperative",
            r"(?i)\b(?:from now on|dear|as an ai|i am|i'm|i will|let me|make sure|be sure|remember to|feel free)\b",
        ),
        (
            "command",
            r"(?i)\b(?:curl|wget|rm\s+-\w+|sudo|chmod|eval|powershell|invoke-expression|(?:ba)?sh\s+-c|nc\s+-|npx)\b",
        ),
        (
            "command",
            r"(?i)\b(?:ssh\s+\S+@|git\s+push|pip\s+install|npm\s+(?:i|install))\b|[|;&]\s*(?:sh|bash|python3?|perl)\b|\$\([^)]*\)",
        ),
        (
            "tool",
            r"\b(?:Bash|WebFetch|WebSearch|TodoWrite|MultiEdit|NotebookEdit|tool_use|tool_result|function_call|mcp__\w+)\b",
        ),
    )
)

_ORDERS = frozenset((
    "ignore", "disregard", "forget", "run", "execute", "install", "download", "delete", "remove", "add", "send",
    "tell", "reveal", "reply", "respond", "say", "commit", "push", "approve", "trust", "open", "visit", "fetch",
    "curl", "read", "write", "create", "edit", "change", "modify", "replace", "rename", "move", "copy", "call",
    "invoke", "use", "set", "unset", "export", "paste", "type", "click", "follow", "go", "stop", "start", "restart",
    "kill", "disable", "enable", "skip", "avoid", "ensure", "verify", "check", "test", "try", "consider", "note",
    "remember", "please", "do", "don't", "dont", "never", "always", "make", "let", "update", "upgrade", "rewrite",
    "refactor", "apply", "pass", "include", "import", "print", "output", "show", "list", "find", "search", "grep",
    "assume", "treat", "act", "pretend", "see",
))  # fmt: skip
"""Verbs that no statement about code begins with: those that do are orders."""

_SENTENCE = re.compile(r"(?:^|(?<=[.!?;:])\s+|\n+)[\s*>+-]*(?:\d+[.)]\s+)?(\w+(?:'\w+)?)")


def refused(text: str) -> str:
    """Why a text may not be kept, in one word; "" where it may."""
    if any(_hidden(c) for c in text):
        return "hidden characters"
    plain = unicodedata.normalize("NFKC", text)
    for reason, pattern in _RULES:
        if pattern.search(plain):
            return reason
    if any(m[1].lower() in _ORDERS for m in _SENTENCE.finditer(_without_code(plain).strip())):
        return "imperative"
    if redact(text) != text:
        return "secret"
    if _foreign(plain):
        return "look-alike letters"
    return ""


def refused_question(text: str) -> str:
    """The same for a question: it may begin with a verb ("does", "is"), but has to be one sentence."""
    if text.count("?") > 1 or "\n" in text:
        return "not one question"
    return refused(text)


def _hidden(c: str) -> bool:
    """Control, format, private and unassigned characters, line and paragraph separators, tags; newline is allowed."""
    return c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def _without_code(text: str) -> str:
    """Code in backticks may be called anything."""
    return re.sub(r"`[^`\n]{1,80}`", "X", text)


def _foreign(text: str) -> bool:
    """A word that mixes scripts: `іgnore` with a Cyrillic letter."""
    for word in re.findall(r"\w+", text):
        scripts = {unicodedata.name(c, "").split(" ")[0] for c in word if c.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"}:
            return True
    return False
