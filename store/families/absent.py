"""There is no such thing here: a certain negative, resting on the *set* of definitions of that name being empty."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from store.families.draft import Draft, called, count
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.evidence import Sources
    from store.families.written import Written

UNCERTAIN = 0.5
ALIKE = 0.8
"""How much of two names must be the same, as `difflib` measures it."""

FILE = re.compile(r"\.(?:[ch]|cc|cpp|go|hpp|java|jsx?|md|mjs|py|rst?|toml|tsx?|ya?ml)$")


def answer(sources: Sources, query: Query) -> Answer | None:
    """Says that nothing defines the names, whether they are mentioned at all, and which names come near."""
    draft = Draft(sources, query)
    names = [e.removeprefix("absent:") for e in query.entities]
    doubtful = [name for name in names if not _deny(draft, name)]
    shown = " or ".join(f"`{n}`" for n in names)
    if not doubtful:
        return draft.answer(f"There is no {shown} here.")
    return draft.answer(f"No {shown} in what can be read here; not all code can be.", UNCERTAIN)


def _is_file(name: str) -> bool:
    """Whether a name is written as that of a source file, so that its ending is not the name of a member."""
    return FILE.search(name) is not None


def close_to(name: str, names: Iterable[str]) -> list[str]:
    """Up to three names that begin alike and are nearly the same.

    `difflib` takes longer over thousands of names than a lookup may take, so it is only shown those that can come near enough:
    of like length, and with few letters that the name does not have.
    """
    first, size = name.lstrip("_")[:1].lower(), len(name)
    heads = {"_", first, first.upper()}
    least, most = size * ALIKE / (2 - ALIKE), size * (2 - ALIKE) / ALIKE
    fitting = [n for n in names if n[:1] in heads and least <= len(n) <= most]
    ours = str.maketrans("", "", name)
    like = [n for n in fitting if 2 * (len(n) - len(n.translate(ours))) >= ALIKE * (size + len(n))]
    like = [n for n in like if n.lstrip("_")[:1].lower() == first and _letters(name, n) >= ALIKE * (size + len(n)) / 2]
    return get_close_matches(name, sorted(like), n=3, cutoff=ALIKE)


def _letters(name: str, other: str) -> int:
    """How many letters two names have in common, wherever they stand: no matching blocks can have more."""
    return sum(min(name.count(letter), other.count(letter)) for letter in set(other))


def _deny(draft: Draft, name: str) -> bool:
    """Say that there is no such thing, or, where code that cannot be read may define it, that; whether it is certain."""
    last = name.rsplit(".", 1)[-1]
    elsewhere = draft.view.named(last)
    text = draft.view.written(name if _is_file(name) else last)
    doubtful = bool(text.unread or text.unread_left)
    said = f"There is no `{name}` in " + ("what can be read of this repository" if doubtful else "this repository")
    owner = name.rpartition(".")[0]
    if elsewhere and owner and not _is_file(name):
        # What is from outside, or a module, may have it: only of what is defined here is it known what it has.
        known = draft.view.named(owner.rpartition(".")[2])
        said += f": `{owner}` has no `{last}`" if known else ": nothing here defines that"
        said += f". Something called `{last}` is at " + ", ".join(f"{called(e)} {place(e)}" for e in elsewhere[:3])
    elif _is_file(name):
        said += ": no file of that name, and nothing that is called so" + _spoken_of(text, [])
    else:
        # A name of one's own for an import, or one in a text, is neither defined here nor from outside.
        mentions = draft.view.mentions(last)
        referred = f"`{last}`" if owner else "It"
        said += ": nothing defines it"
        said += f". {referred} is referred to in {', '.join(mentions[:3])}" if mentions else ""
        said += _spoken_of(text, mentions) if not owner or not mentions else ""
    near = close_to(last, draft.view.names()) if not elsewhere else []
    said += f". Near names, which are not the same: {', '.join(f'`{n}`' for n in near)}." if near else "."
    draft.say(said)
    if doubtful:
        draft.say(_doubt(text))
    return not doubtful


def _spoken_of(text: Written, mentions: list[str]) -> str:
    """Where the name stands though no reference says so: in strings, comments, documents; or that it stands nowhere."""
    lines = [(path, line) for path, line in text.lines if path not in mentions]
    unsearched = text.left + text.beyond
    were = f"{count(unsearched, 'more file')} {'was' if unsearched == 1 else 'were'}"
    beyond = f"; {were} not searched for it as text" if unsearched else ""
    if not lines:
        nowhere = " and no code refers to it by that name" + ("" if beyond else ", nor does any text")
        return ("" if mentions else nowhere) + beyond
    shown = ", ".join(f"`{path}` (“{line}”)" for path, line in lines[:2])
    more = f" and {len(lines) - 2} more files" if len(lines) > 2 else ""
    return f". As a word{' too' if mentions else ''} it stands in {shown}{more}{beyond}"


def _doubt(text: Written) -> str:
    shown = [f"`{path}`" for path in text.unread][:5]
    hidden = f"; {text.unread_left} more such files were not searched" if text.unread_left else ""
    where = f"{', '.join(shown)} mention{'s' * (len(shown) == 1)} it" if shown else "nothing searched mentions it"
    return f"Not certain: in code that cannot be read here as such, {where}{hidden}."
