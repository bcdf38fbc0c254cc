"""Publishing: what was verified becomes pre-answers and facts on cards, each resting on everything that the model was given.

Nothing a model said replaces what structure answers for certain: a question that a family answers is left to it. Whatever is
published is marked as inferred in its own words, so it is marked wherever it is shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sleep.prediction.wording import question_of
from sleep.thinking.notes import Fact as Noted
from sleep.thinking.notes import Foreseen
from sleep.thinking.pack import Pack
from sleep.thinking.verify import Held
from store.cards import card_of, with_inferred
from store.evidence import Sources
from store.places import place
from store.question.find import Finder
from store.question.understand import understand
from store.tables import Store
from store.words import Answer, Card, Claim, Evidence, Fact, PreAnswer, verbatim

BRIEF = 200

Vectors = Callable[[str], list[float] | None]
"""What embeds a text for a row; None where no embedder is at hand, and then the row is found by key and words alone."""


class Believed(NamedTuple):
    """The items about one pack that held, whose they are, and the thought that they can be forgotten by."""

    pack: Pack
    held: Sequence[Held]
    origin: str
    thought: str


class Published(NamedTuple):
    """What came of it."""

    answers: int
    facts: int
    dropped: Counter[str]


async def publish(
    store: Store, sources: Sources, believed: Iterable[Believed], vector: Vectors, finder: Finder | None = None
) -> Published:
    """Store what is believed. Doing it again changes nothing. `finder` is the full text, by whoever has made it already."""
    finder = finder or Finder(sources.index)
    dropped: Counter[str] = Counter()
    answers: list[PreAnswer] = []
    facts: dict[str, list[Fact]] = defaultdict(list)
    for some in believed:
        for held in some.held:
            if isinstance(held.item, Foreseen):
                if structural(held.item.question, sources, finder):
                    dropped["structure answers it"] += 1
                else:
                    answers.append(_answer(held, held.item, some))
            else:
                facts[held.blocks[0].path].append(_fact(held, held.item, some))
    if answers:
        await store.put_preanswers([(row, vector(row.question)) for row in answers])
    cards = [card for path, added in facts.items() if (card := await _card(store, sources, path, added))]
    if cards:
        await store.put_cards(
            [(card, vector(f"{card.subject} {card.prose} {card.facts[0].text}"[:240])) for card in cards]
        )
    return Published(len(answers), sum(map(len, facts.values())), dropped)


def structural(question: str, sources: Sources, finder: Finder) -> bool:
    """Whether a family answers this very question, with certainty."""
    understood = understand(question, sources, finder)
    if not understood.certain or not understood.readings:
        return False
    query = understood.readings[0].query
    # "What does X do?" is for the family; "why does X ignore Y?" is understood as about X too, but the family does not answer it.
    return query.kind != "explain" or verbatim(question_of(query)).key == verbatim(question).key


def marked(origin: str) -> str:
    """The words that stand before whatever a model inferred."""
    who = origin.removeprefix("model:") or "a model"
    return f"Inferred ahead of time by {who}; its quotes were found in the source, its reasoning was not proven:"


def _answer(held: Held, item: Foreseen, some: Believed) -> PreAnswer:
    query = verbatim(item.question)
    where = ", ".join(place(block.entity) for block in held.blocks)
    quoted = "\n".join(f"> {line}" for line in item.answer.splitlines() if line.strip())
    answer = Answer(
        query=query,
        brief=f"(inferred by {some.origin}) {' '.join(item.answer.split())}"[:BRIEF],
        claims=(
            Claim(text=marked(some.origin), inferred=True),
            Claim(text=quoted, inferred=True),
            Claim(text=f"> ({where})", inferred=True),
        ),
        evidence=_evidence(held, some.pack),
        confidence=round(held.confidence, 2),
    )
    return PreAnswer(
        **dict(answer),
        key=query.key,
        question=item.question,
        origin=some.origin,
        because=f"foreseen while thinking about {some.pack.subject}",
        thought=some.thought,
    )


def _fact(held: Held, item: Noted, some: Believed) -> Fact:
    who = some.origin.removeprefix("model:")
    where = ", ".join(place(block.entity) for block in held.blocks)
    about = "open question" if item.about == "gap" else item.about.replace("_", " ")
    return Fact(
        text=f"- Inferred by {who} ({about}): {item.text} ({where})",
        evidence=_evidence(held, some.pack),
        weight=round(2 + held.confidence - (0.5 if item.about == "gap" else 0), 2),
        inferred=True,
        thought=some.thought,
    )


def _evidence(held: Held, pack: Pack) -> tuple[Evidence, ...]:
    """Everything that the model was given, what it quoted first."""
    quoted = {block.entity for block in held.blocks}
    return tuple(sorted(pack.evidence, key=lambda e: e.kind != "span" or e.subject not in quoted))


async def _card(store: Store, sources: Sources, path: str, added: list[Fact]) -> Card | None:
    """The card of a file with these facts on it, and those of others."""
    stored = await store.card(path)
    card = with_inferred(card_of(sources, path), stored, sources)
    if card is None:
        return None
    thoughts = {fact.thought for fact in added}
    kept = tuple(f for f in card.facts if not (f.inferred and f.thought in thoughts))
    return card.model_copy(update={"facts": (*kept, *added)})
