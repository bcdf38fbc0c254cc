"""Cutting a quotation to a budget by lines: what declares it and what the question is about stays, the rest becomes "…"."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|\d+")
_PARTS_OF_SPEECH = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "get", "has", "have", "how", "i", "if", "in", "is", "it", "its", "of", "on", "or", "that", "the", "their", "them", "they", "this", "to", "was", "what", "when", "where", "which", "who", "why", "will", "with", "def", "self", "return", "none", "true", "false", "not"]
)


def words_of(text: str) -> set[str]:
    """Lower-case word stems of a question or a line: identifiers are split, endings are dropped."""
    return {_stem(w.lower()) for w in _WORD.findall(text)} - _PARTS_OF_SPEECH


def excerpt(text: str, question: str, max_chars: int) -> str:
    """The text, or where it is longer than `max_chars` the lines of it that matter most, in order, with "…" for gaps.

    The head (up to the line that closes the declaration) is always kept; then lines sharing words with the question, then
    control flow (return, raise, yield, if), each with its neighbours, while they fit.
    """
    if len(text) <= max_chars:
        return text
    lines = text.splitlines()
    asked = words_of(question)
    order = sorted(range(len(lines)), key=lambda n: (-_worth(n, lines, asked), n))
    kept: set[int] = set()
    size = 0
    for number in order:
        for near in (number, number + 1, number - 1):
            if 0 <= near < len(lines) and near not in kept and lines[near].strip():
                cost = len(lines[near]) + 1
                if size + cost > max_chars and kept:
                    continue
                kept.add(near)
                size += cost
        if size >= max_chars:
            break
    return _with_gaps(lines, kept)[: max_chars + 200]


def _worth(number: int, lines: list[str], asked: set[str]) -> float:
    line = lines[number].strip()
    if number < _head(lines):
        return 100.0
    score = 3.0 * len(words_of(line) & asked)
    if re.match(r"(return|raise|yield|throw|if|elif|else|except|catch|case|for|while|with)\b", line):
        score += 1.0
    return score


def _head(lines: list[str]) -> int:
    """Lines of the declaration: decorators and the signature, up to the one that ends it."""
    for number, line in enumerate(lines[:12]):
        if line.rstrip().endswith((":", "{")) and not line.lstrip().startswith("@"):
            return number + 1
    return 1


def _with_gaps(lines: list[str], kept: set[int]) -> str:
    out: list[str] = []
    last = -1
    for number in sorted(kept):
        if any(line.strip() for line in lines[last + 1 : number]):
            out.append("…")
        out.append(lines[number])
        last = number
    if any(line.strip() for line in lines[last + 1 :]):
        out.append("…")
    return "\n".join(out)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
