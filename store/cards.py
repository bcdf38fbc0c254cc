"""Cards: what is worth knowing about a file, a folder or the repo and is stated nowhere in it, each fact with its evidence.

Computed from the index alone, so the same card is made asleep (kept) and awake (when none is fresh). What a model adds to a
card comes from `sleep/`; how a card is shown under a budget is `render_card`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from store.families import commands
from store.families.depends import imports_of
from store.families.draft import called, count, first_sentence, names_of
from store.families.usage import users_of
from store.families.view import View
from store.places import fill, place
from store.source.record import split_id, symbol_id
from store.words import ANALYSER_VERSION, Card, Fact, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.graph.index import Index

Finding = Callable[[View, str], str]
"""Looks at one aspect of a subject and words it; "" where there is nothing to say."""

_CODE = (".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".go", ".rs", ".java", ".c", ".h", ".cc", ".cpp", ".hpp")
_DECLARED = frozenset({"class", "function", "interface", "struct", "trait", "enum", "type", "macro"})


def card_of(sources: Sources, subject: str) -> Card | None:
    """The card of a path, a "folder/" or "." (the repo) as the sources are now; None where there is no such subject."""
    if subject == "." or subject.endswith("/"):
        folder = "" if subject == "." else subject
        if not any(p.startswith(folder) for p in sources.index.paths()):
            return None
        findings = _REPO if subject == "." else _FOLDER
        return Card(
            subject=subject, scope="repo" if subject == "." else "module", facts=_facts(sources, folder, findings)
        )
    if subject not in sources.index:
        return None
    return Card(subject=subject, scope="file", facts=_facts(sources, subject, _FILE))


def _facts(sources: Sources, subject: str, findings: list[tuple[float, Finding]]) -> tuple[Fact, ...]:
    facts = []
    for weight, finding in findings:
        view = View(sources)
        if text := finding(view, subject):
            facts.append(Fact(text=text, evidence=view.evidence, weight=weight))
    return tuple(facts)


def with_inferred(card: Card | None, kept: Card | None, sources: Sources) -> Card | None:
    """A card made now, with those of a kept one's inferred facts that still rest on what they rested on."""
    if card is None or kept is None:
        return card
    inferred = tuple(
        fact
        for fact in kept.facts
        if fact.inferred and kept.analyser == ANALYSER_VERSION and all(sources.verdict(e).fresh for e in fact.evidence)
    )
    return card.model_copy(update={"facts": (*card.facts, *inferred)}) if inferred else card


def render_card(card: Card, index: Index, max_tokens: int) -> str:
    """The card in markdown, most valuable facts first until about `max_tokens` (4 characters each), in their own order."""
    room = max_tokens * 4 - len(card.subject) - len(card.prose) - 8
    kept: set[int] = set()
    texts = [fill(f.text, index) for f in card.facts]
    for number in sorted(range(len(texts)), key=lambda n: -card.facts[n].weight):
        if len(texts[number]) + 1 <= room:
            kept.add(number)
            room -= len(texts[number]) + 1
    parts = [f"# {card.subject}"] + ([card.prose] if card.prose else [])
    return "\n".join([*parts, *(t for n, t in enumerate(texts) if n in kept)])


# -- files -----------------------------------------------------------------------------------------------------------------


def _purpose(view: View, path: str) -> str:
    head = view.head(path)
    if head is None:
        return ""
    kind = f"{head.language}{', tests' if head.is_test else ''}"
    return f"{first_sentence(head.doc)} ({kind})" if head.doc else f"({kind})"


def _api(view: View, path: str) -> str:
    top = [
        s
        for s in view.symbols(path).values()
        if "." not in s.qual and s.kind in _DECLARED and not s.name.startswith("_")
    ]
    if not top:
        return ""
    lines = []
    for symbol in top[:12]:
        doc = first_sentence(symbol.doc)[:90]
        lines.append(
            f"- {symbol.kind} `{symbol.qual}` {place(symbol_id(path, symbol.qual))}" + (f": {doc}" if doc else "")
        )
    more = f"\n- and {len(top) - 12} more" if len(top) > 12 else ""
    return "Defines:\n" + "\n".join(lines) + more


def _importers(view: View, path: str) -> str:
    library = [p for p in view.importers(path) if not view.is_test(p)]
    return f"Used by {count(len(library), 'file')}: {names_of(library, 6)}." if library else ""


def _called_into(view: View, path: str) -> str:
    """The symbols that others lean on most: what not to break."""
    users: Counter[str] = Counter()
    for qual in view.symbols(path):
        entity = symbol_id(path, qual)
        outside = {s.id for s in users_of(view, entity).library if s.path != path}
        if outside:
            users[entity] = len(outside)
    if not users:
        return ""
    return "Called from other files: " + ", ".join(f"{called(e)} ({n}×)" for e, n in users.most_common(6)) + "."


def _tests(view: View, path: str) -> str:
    if view.is_test(path):
        return ""
    files = [p for p in view.importers(path) if view.is_test(p)]
    if not files:
        return "No test file refers to it by name." if path.endswith(_CODE) else ""
    return f"Tests that refer to it: {names_of(files, 6)}."


def _needs(view: View, path: str) -> str:
    inside, outside = imports_of(view, [path])
    if not inside and not outside:
        return ""
    text = f"Depends on {names_of(inside, 8)}" if inside else "Depends on no file here"
    return text + (f"; from outside: {', '.join(outside[:8])}." if outside else ".")


def _settings(view: View, path: str) -> str:
    names = list(dict.fromkeys(s.name for s in view.settings_in(path) if s.access == "read"))
    return "Reads settings: " + ", ".join(f"`{n}`" for n in names[:8]) + "." if names else ""


def _errors(view: View, path: str) -> str:
    raised = [
        e.target
        for q in view.symbols(path)
        if "." not in q
        for e in view.raised(symbol_id(path, q))
        if e.kind == "raise"
    ]
    names = list(
        dict.fromkeys(split_id(t.removeprefix("ext:").removeprefix("?"))[1] or t.rsplit(".", 1)[-1] for t in raised)
    )
    return (
        "Raises " + ", ".join(f"`{n.removeprefix('ext:').removeprefix('?')}`" for n in names[:8]) + "." if names else ""
    )


def _partners(view: View, path: str) -> str:
    partners = view.partners(path)
    return "Usually changes together with " + ", ".join(f"`{p}` ({n}×)" for p, n in partners) + "." if partners else ""


_FILE: list[tuple[float, Finding]] = [
    (9, _purpose), (8, _called_into), (7, _importers), (6, _tests), (3, _api), (5, _needs), (4.5, _settings), (4, _errors),
    (3.5, _partners),
]  # fmt: skip


# -- folders and the repo --------------------------------------------------------------------------------------------------


def _overview(view: View, folder: str) -> str:
    from store.families.contents import answer as contents

    answer = contents(view.sources, Query(kind="contents", entities=(folder or ".",)))
    if answer is None:
        return ""
    view.adopt(answer.evidence)
    return "\n".join(c.text for c in answer.claims)


def _central(view: View, folder: str) -> str:
    """Files that most others import: where a newcomer starts, and where a change travels furthest."""
    users: Counter[str] = Counter()
    for path in view.below(folder):
        if path.endswith(_CODE) and not view.is_test(path):
            users[path] = sum(1 for p in view.importers(path) if not view.is_test(p))
    top = [(p, n) for p, n in users.most_common(6) if n > 1]
    return "Most used: " + ", ".join(f"`{p}` (by {n})" for p, n in top) + "." if top else ""


def _outside_users(view: View, folder: str) -> str:
    users = {p for path in view.below(folder) for p in view.importers(path) if not p.startswith(folder)}
    library = sorted(p for p in users if not view.is_test(p))
    tests = sorted(users - set(library))
    parts = [
        f"Used from outside by {names_of(library, 6)}." if library else "",
        f"Tests: {names_of(tests, 5)}." if tests else "",
    ]
    return " ".join(p for p in parts if p)


def _how(topic: str) -> Finding:
    def finding(view: View, folder: str) -> str:
        answer = commands.answer(view.sources, Query(kind="commands", entities=(f"command:{topic}",)))
        if answer is None or not any(c.quote for c in answer.claims):
            return ""
        view.adopt(answer.evidence)
        quoted = next(c for c in answer.claims if c.quote)
        lines = "; ".join(line.strip() for line in quoted.text.splitlines()[:4])
        return f"To {topic} ({quoted.quote}): {lines}"

    return finding


_FOLDER: list[tuple[float, Finding]] = [(9, _overview), (7, _central), (6, _outside_users)]
_REPO: list[tuple[float, Finding]] = [
    (9, _overview),
    (7, _central),
    (6, _how("test")),
    (5, _how("build")),
    (5.5, _how("run")),
    (4, _how("lint")),
]
