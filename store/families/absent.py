"""There is no such thing here: a certain negative, resting on the *set* of definitions of that name being empty."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from store.families.draft import Draft, called
from store.families.unread import BEYOND
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

UNCERTAIN = 0.5


def answer(sources: Sources, query: Query) -> Answer | None:
    """Says that nothing defines the names, whether they are mentioned at all, and which names come near."""
    draft = Draft(sources, query)
    names = [e.removeprefix("absent:") for e in query.entities]
    doubtful = [name for name in names if not _deny(draft, name)]
    shown = " or ".join(f"`{n}`" for n in names)
    if not doubtful:
        return draft.answer(f"There is no {shown} here.")
    return draft.answer(f"No {shown} in what can be read here; not all code can be.", UNCERTAIN)


def _deny(draft: Draft, name: str) -> bool:
    """Say that there is no such thing, or, where code that cannot be read may define it, that; whether it is certain."""
    last = name.rsplit(".", 1)[-1]
    elsewhere = draft.view.named(last)
    unread = draft.view.unread(last)
    text = f"There is no `{name}` in " + ("what can be read of this repository" if unread else "this repository")
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
    if unread:
        shown = [f"`{path}`" for path in unread if path != BEYOND][:5]
        hidden = "; there is more such code that was not searched" if BEYOND in unread else ""
        where = f"{', '.join(shown)} mention{'s' * (len(shown) == 1)} it" if shown else "nothing searched mentions it"
        draft.say(f"Not certain: in code that cannot be read here as such, {where}{hidden}.")
    return not unread
