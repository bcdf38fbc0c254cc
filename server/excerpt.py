"""Which lines of a long source text to show for a question: the head always, then what matters to the words of the question.

A pure function over lines. Where the text comes from: the claim (`store/words.py`); how it is fenced: `server/present.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from store.question.terms import synonyms, terms

GAP = "…"

_FLOW = re.compile(r"^\s*(if|elif|else|for|while|return|raise|yield|except|catch|try|with|case|match|switch|throw)\b")
_COMMENT = re.compile(r"^\s*(#|//|/?\*|\"\"\"|''')")


def excerpt(source: str, question: str, room: int) -> str:
    """At most about `room` characters of `source`, whole lines, in order; left-out lines are marked."""
    lines = _dedented(source)
    if sum(len(line) + 1 for line in lines) <= room:
        return "\n".join(lines)
    taken = set(range(_head(lines)))
    left = room - sum(len(lines[n]) + 1 for n in taken)
    scores = _scores(lines, question)
    for n in sorted(range(len(lines)), key=lambda n: (-scores[n], n)):
        cost = len(lines[n]) + 1 + (len(GAP) + 1 if not {n - 1, n + 1} & taken else 0)
        if n in taken or not lines[n].strip() or cost > left:
            continue
        taken.add(n)
        left -= cost
    return _joined(lines, taken)[: max(room * 2, 200)]


def _dedented(source: str) -> list[str]:
    lines = [line.rstrip() for line in source.expandtabs(4).splitlines()]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[indent:] for line in lines]


def _head(lines: list[str]) -> int:
    """How many lines the declaration takes: decorators and signature, at most 12."""
    for n, line in enumerate(lines[:12]):
        if line.endswith((":", "{", ";")) and not line.lstrip().startswith("@"):
            return n + 1
    return min(1, len(lines))


def _scores(lines: list[str], question: str) -> list[float]:
    """How much each line matters: the question's words (the rarer in this text the more), then flow of control, then order."""
    wanted = dict.fromkeys(terms(question), 1.0)
    wanted.update({other: 0.5 for word in list(wanted) for other in synonyms(word) if other not in wanted})
    found = [set(terms(line)) & wanted.keys() for line in lines]
    often = {word: sum(word in words for words in found) for word in wanted}
    own = [sum(wanted[word] / (1 + often[word]) ** 0.5 for word in words) for words in found]
    return [
        own[n] + 0.4 * _around(own, n) + (0.25 if _FLOW.match(line) else 0.0)
        - (0.1 if _COMMENT.match(line) else 0.0) + 0.3 * (1 - n / len(lines))
        for n, line in enumerate(lines)
    ]  # fmt: skip


def _around(own: list[float], n: int) -> float:
    return max(own[max(0, n - 2) : n] + own[n + 1 : n + 3], default=0.0)


def _joined(lines: list[str], taken: Collection[int]) -> str:
    shown: list[str] = []
    last = -1
    for n in sorted(taken):
        if n > last + 1 and any(line.strip() for line in lines[last + 1 : n]):
            shown.append(" " * (len(lines[n]) - len(lines[n].lstrip())) + GAP)
        shown.append(lines[n])
        last = n
    if any(line.strip() for line in lines[last + 1 :]):
        shown.append(GAP)
    return "\n".join(shown)
