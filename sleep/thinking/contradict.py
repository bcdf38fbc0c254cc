"""What the index knows for certain, held against what a model says: who calls, who inherits, what is unused.

Only sentences of a plain shape about symbols that are here, each by one meaning, are understood; about the rest it is silent. It
errs towards dropping: where the index sees no such thing, the claim has nothing to stand on. Part of `sleep/thinking/verify.py`.
"""

from __future__ import annotations

import re

from sleep.thinking.pack import Pack
from store.evidence import bases
from store.graph.index import Index
from store.source.record import split_id, symbol_id

_NAME = r"`?([A-Za-z_][\w.]*)(?:\(\))?`?"
_UNUSED = re.compile(
    rf"{_NAME}\s+(?:is|are)\s+(?:never|not|nowhere)\s+(?:called|used|referenced|invoked|imported)"
    rf"|{_NAME}\s+(?:is|are)\s+unused|{_NAME}\s+has\s+no\s+(?:callers?|users?|references?)"
    rf"|(?:nothing|nobody|no\s+\w+)\s+(?:calls|uses|references|invokes|imports)\s+{_NAME}",
    re.IGNORECASE,
)
_CALLS = re.compile(rf"{_NAME}\s+(?:directly\s+)?(?:calls|invokes|delegates\s+to)\s+{_NAME}", re.IGNORECASE)
_CALLED_BY = re.compile(
    rf"{_NAME}\s+is\s+(?:only\s+)?(?:called|invoked)\s+(?:only\s+)?(?:by|from)\s+{_NAME}", re.IGNORECASE
)
_ONLY = re.compile(
    rf"{_NAME}\s+is\s+(?:only\s+(?:called|invoked|used)|(?:called|invoked|used)\s+only)\s+(?:by|from|in)\s+{_NAME}"
    rf"|only\s+{_NAME}\s+(?:calls|uses|invokes)\s+{_NAME}",
    re.IGNORECASE,
)
_INHERITS = re.compile(
    rf"{_NAME}\s+(?:inherits\s+from|subclasses|extends|derives\s+from|is\s+a\s+subclass\s+of)\s+{_NAME}", re.IGNORECASE
)
_NO_CALL = re.compile(rf"{_NAME}\s+(?:never|does\s+not|doesn't)\s+(?:call|invoke|use)s?\s+{_NAME}", re.IGNORECASE)


def contradicted(said: str, pack: Pack, index: Index) -> bool:
    """Whether the index knows better."""
    return (
        any(_used(index, _one(pack, index, next(g for g in m.groups() if g))) for m in _UNUSED.finditer(said))
        or any(_not_calling(index, *_two(pack, index, m[1], m[2])) for m in _CALLS.finditer(said))
        or any(_not_calling(index, *_two(pack, index, m[2], m[1])) for m in _CALLED_BY.finditer(said))
        or any(_calling(index, *_two(pack, index, m[1], m[2])) for m in _NO_CALL.finditer(said))
        or any(_others_call(index, *_pair(pack, index, m)) for m in _ONLY.finditer(said))
        or any(_not_inheriting(index, *_two(pack, index, m[1], m[2])) for m in _INHERITS.finditer(said))
    )


def _pair(pack: Pack, index: Index, match: re.Match[str]) -> tuple[str, str]:
    called, caller = (match[1], match[2]) if match[1] else (match[4], match[3])
    return _two(pack, index, called, caller)


def _two(pack: Pack, index: Index, one: str, other: str) -> tuple[str, str]:
    return _one(pack, index, one), _one(pack, index, other)


def _one(pack: Pack, index: Index, name: str) -> str:
    """The id of a name that can mean one symbol only; in the pack first, then anywhere. "" otherwise."""
    last = name.rsplit(".", 1)[-1]
    found = [e for e in index.named(last) if f".{split_id(e)[1]}".endswith(f".{name}")]
    here = [e for e in found if split_id(e)[0] in pack.paths]
    return here[0] if len(here) == 1 else found[0] if len(found) == 1 else ""


def _used(index: Index, entity: str) -> bool:
    if not entity:
        return False
    path, qual = split_id(entity)
    return any(
        s.exact and not (s.path == path and s.scope.startswith(qual)) for s in index.sites(entity) if s.kind != "import"
    )


def _calling(index: Index, caller: str, called: str) -> bool:
    return bool(caller and called) and any(e.target == called and e.exact for e in index.edges(caller))


def _not_calling(index: Index, caller: str, called: str) -> bool:
    """Whether the caller, as far as it can be resolved, has nothing to do with the called."""
    if not caller or not called or caller == called:
        return False
    symbol = index.symbol(called)
    near = {
        called,
        *(f"{called}.{name}" for name in ("__init__", "__call__", "__new__")),
        f"?{symbol.name if symbol else ''}",
    }
    reached = {e.target for e in index.edges(caller)}
    if reached & near or any(t.startswith(called + ".") for t in reached):
        return False
    further = {e.target for t in reached if "::" in t for e in index.edges(t)}
    return not further & near


def _others_call(index: Index, called: str, caller: str) -> bool:
    if not called or not caller:
        return False
    path, qual = split_id(caller)
    return any(
        s.exact
        and s.kind == "call"
        and not (s.path == path and (not qual or s.scope == qual or s.scope.startswith(qual + ".")))
        for s in index.sites(called)
    )


def _not_inheriting(index: Index, child: str, parent: str) -> bool:
    if not child or not parent:
        return False
    seen: set[str] = set()
    front = [child]
    while front:
        entity = front.pop()
        for base in bases(index, entity):
            if base == parent:
                return False
            if base not in seen:
                seen.add(base)
                front.append(base)
    path, qual = split_id(child)
    return index.symbol(symbol_id(path, qual)) is not None
