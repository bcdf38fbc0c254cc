"""There is no such thing here: a certain negative, resting on the *set* of definitions of that name being empty."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from store.families.draft import Draft, called
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources


def answer(sources: Sources, query: Query) -> Answer | None:
    """Says that nothing defines the names, whether they are mentioned at all, and which names come near."""
    draft = Draft(sources, query)
    names = [e.removeprefix("absent:") for e in query.entities]
    for name in names:
        _deny(draft, name)
    return draft.answer(f"There is no {' or '.join(f'`{n}`' for n in names)} here.")


def _deny(draft: Draft, name: str) -> None:
    last = name.rsplit(".", 1)[-1]
    elsewhere = draft.view.named(last)
    text = f"There is no `{name}` in this repository"
    owner = name.rpartition(".")[0]
    if elsewhere and owner:
        text += f": `{owner}` has no `{last}`. Something of that name is at " + ", ".join(
            f"{called(e)} {place(e)}" for e in elsewhere[:3]
        )
    elif mentions := draft.view.mentions(last):
        text += f": nothing defines it. It is referred to in {', '.join(mentions[:3])}, so it comes from outside"
    else:
        text += ": nothing defines it and nothing refers to it"
    near = get_close_matches(last, sorted(draft.view.names()), n=3, cutoff=0.8) if not elsewhere else []
    text += f". Near names, which are not the same: {', '.join(f'`{n}`' for n in near)}." if near else "."
    draft.say(text)
