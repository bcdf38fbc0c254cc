"""How identifiers and prose are split into the words that things are found by.

`HTTPServer.run_once` -> "http", "server", "run", "once". By which of them a file is found: `store/question/portion.py`.
"""

from __future__ import annotations

import re

WORD_LIMIT = 200

_PART = re.compile(r"[A-Z]{2,}(?=s(?![a-z]))|[A-Z]?[^\W\d_A-Z]{2,}|[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]{2,}")


def words_in(text: str, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The distinct word parts of a text in lower case, in order of appearance; at most `WORD_LIMIT`."""
    found = dict.fromkeys(map(str.lower, _PART.findall(text)))
    return tuple(w for w in found if w not in without)[:WORD_LIMIT]
