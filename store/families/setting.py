"""A setting (environment variable, configuration key, option): where it is defined and read, its default, and what
happens when it is unset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count
from store.families.usage import DOCUMENTS
from store.places import place
from store.source.record import symbol_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import Setting

_QUOTED = 3
_LISTED = 8
_KINDS = {"env": "environment variable", "config": "configuration key", "option": "command-line option"}


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _setting)


def _setting(draft: Draft, entity: str) -> str:
    if not entity.startswith("setting:"):
        return ""
    name = entity.removeprefix("setting:")
    found = draft.view.settings(name)
    if not found:
        return _by_name(draft, name)
    kinds = " and ".join(dict.fromkeys(_KINDS[s.kind] for _, s in found))
    defines, reads, tests = _sorted(draft, found)
    defaults = list(dict.fromkeys(s.default for _, s in (*defines, *reads) if s.default))
    text = f"`{name}` ({kinds})"
    text += (
        f", default {', '.join(f'`{d}`' for d in defaults)}"
        if defaults
        else ", with no default written at the place of reading"
    )
    draft.say(text + ":")
    lines = [_line("defined in", path, s) for path, s in defines[:_LISTED]] + [
        _line("read in", path, s) for path, s in reads[:_LISTED]
    ]
    if len(defines) + len(reads) > len(lines):
        lines.append(f"- and {len(defines) + len(reads) - len(lines)} more")
    draft.say("\n".join(lines) or "- in tests only")
    if defines and not reads:
        draft.say(_unread(draft, name, {path for path, _ in found}))
    for path, setting in [*reads, *defines][:_QUOTED]:
        _quote(draft, path, setting)
    if tests:
        draft.say(f"Tests set or read it in {count(len({p for p, _ in tests}), 'file')}.")
    return f"`{name}`: {kinds}, default {defaults[0] if defaults else 'not written'}"


def _by_name(draft: Draft, name: str) -> str:
    """A name that nothing reads in a known way: `conf.some_name` is an attribute like any other, so only the name tells."""
    view = draft.view
    uses = [s for s in view.loose(name) if not view.is_test(s.path) and not s.path.endswith(DOCUMENTS)]
    known = {s.path for s in uses}
    lines = [(p, line) for p, line in view.written(name).lines if p not in known and not view.is_test(p)][:_LISTED]
    if not uses and not lines:
        draft.say(f"No setting `{name}` is read or defined in this repository.")
        return f"No setting `{name}` here"
    draft.say(
        f"`{name}` is neither read nor defined in a way that is recognised as a setting's. By name only, so not certain:"
    )
    told = [f"- used in {called(i)} {place(i, '?' + name)}" for i in dict.fromkeys(s.id for s in uses)][:_LISTED]
    draft.say("\n".join([*told, *(f"- stands in `{path}` (“{line}”)" for path, line in lines)]))
    return f"`{name}`: by name only, {count(len(uses) + len(lines), 'place')}"


def _unread(draft: Draft, name: str, known: set[str]) -> str:
    """Where else a setting stands in the library, if nothing that is known as a way of reading one was found."""
    lines = [(p, line) for p, line in draft.view.written(name).lines if p not in known and not draft.view.is_test(p)]
    shown = ", ".join(f"`{path}` (“{line}”)" for path, line in lines[:3])
    more = f" and {len(lines) - 3} more files" if len(lines) > 3 else ""
    return "No place was recognised that reads it." + (f" It also stands in {shown}{more}." if shown else "")


def _sorted(draft: Draft, found: list[tuple[str, Setting]]) -> list[list[tuple[str, Setting]]]:
    """Definitions, reads (one for each enclosing symbol), and what stands in tests."""
    defines: dict[tuple[str, str], Setting] = {}
    reads: dict[tuple[str, str], Setting] = {}
    tests: dict[tuple[str, str], Setting] = {}
    for path, setting in found:
        bag = tests if draft.view.is_test(path) else defines if setting.access == "define" else reads
        bag.setdefault((path, setting.scope), setting)
    return [[(path, s) for (path, _), s in bag.items()] for bag in (defines, reads, tests)]


def _line(how: str, path: str, setting: Setting) -> str:
    where = symbol_id(path, setting.scope)
    return f"- {how} `{setting.scope or path}` {place(where, 'setting:' + setting.name)}" + (
        f", default `{setting.default}`" if setting.default else ""
    )


def _quote(draft: Draft, path: str, setting: Setting) -> None:
    """The line that reads or defines it and its neighbours: what happens when it is unset shows there."""
    where = symbol_id(path, setting.scope)
    symbol = draft.view.symbol(where) if setting.scope else None
    lines = draft.view.source(where).splitlines()
    at = setting.line - (symbol.start if symbol else 1)
    draft.quote(where, "\n".join(lines[max(0, at - 1) : at + 4]))
