"""A rehearsal: which contexts a shift would have thought about, how many tokens that is, and what it would cost. Nothing
is sent.

The shift itself is `sleep/thinking/think.py`. Nothing is written either; the index is made in memory from what is
stored and what changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sleep.limits import Limits
from sleep.prediction.predict import predict
from sleep.prediction.signals import gather
from sleep.thinking.prices import AS_OF, FREE, Usage
from sleep.thinking.prompt import MAX_TOKENS
from sleep.thinking.thinking import Thinking
from store.graph.index import Index
from store.source.read import read
from store.source.tree import Tree
from store.steady import SteadySources
from store.words import Asked, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sleep.thinkers.thinker import Ask
    from sleep.thinking.think import Job
    from store.home import Home

GUESSED_BYTES = 3.3
"""Of source to a token, for the likely cost. The worst case is reckoned with two."""


class Planned(BaseModel):
    """One context that would be sent."""

    model_config = ConfigDict(frozen=True)

    subject: str
    files: int
    requests: int
    known: int
    tokens: int
    usd: Decimal
    most_usd: Decimal


class Rehearsal(BaseModel):
    """All of them, and the sums. `known` requests were answered before and cost nothing."""

    model_config = ConfigDict(frozen=True)

    thinker: str
    models: tuple[str, ...]
    prices_of: str
    contexts: tuple[Planned, ...]
    tokens: int
    usd: Decimal
    most_usd: Decimal
    budget_usd: Decimal | None
    spent_today: Decimal

    def lines(self) -> list[str]:
        """As a person reads it."""
        table = [
            f"{c.tokens:>8,}  ${c.usd:.4f}  ${c.most_usd:.4f}  {c.subject}" + (" (known)" if c.known else "")
            for c in self.contexts
        ]
        budget = (
            f" of ${self.budget_usd:.2f} today, ${self.spent_today:.4f} spent" if self.budget_usd is not None else ""
        )
        return [
            f"{self.thinker}: {', '.join(self.models)}; prices of {self.prices_of}. Nothing was sent.",
            f"{'tokens':>8}  likely   at most  context",
            *table,
            f"{self.tokens:>8,}  ${self.usd:.4f}  ${self.most_usd:.4f}  {len(self.contexts)} contexts{budget}",
        ]


async def rehearse(home: Home, chosen: Thinking) -> Rehearsal:
    """What a shift now would send. Without a store, as if everything were new."""
    from sleep.thinking.budget import Budget
    from sleep.thinking.notebook import Notebook
    from sleep.thinking.think import planned

    tree = Tree(home.root)
    index, asked = await _index(home, tree)
    signals = gather(index, asked, tree.git, now())
    jobs = planned(SteadySources(index, tree), predict(signals, Limits()), asked, chosen)
    notebook = Notebook(home)
    known = {ask.id for job in jobs for ask in job.asks if notebook.get(ask.id) is not None}
    contexts = (*(await _lessons(home, chosen, index)), *(_planned(job, known, chosen) for job in jobs))
    return Rehearsal(
        thinker=chosen.thinker,
        models=chosen.models,
        prices_of=AS_OF.isoformat(),
        contexts=contexts,
        tokens=sum(c.tokens for c in contexts),
        usd=sum((c.usd for c in contexts), Decimal(0)),
        most_usd=sum((c.most_usd for c in contexts), Decimal(0)),
        budget_usd=chosen.budget_usd,
        spent_today=Budget(home, Decimal(0)).spent() if home.locks.is_dir() else Decimal(0),
    )


def _planned(job: Job, known: set[str], chosen: Thinking) -> Planned:
    new = [ask for ask in job.asks if ask.id not in known]
    planned = _reckoned(job.context.subject, new, job.context.output, chosen)
    return planned.model_copy(update={"files": len(job.pack.paths), "known": len(job.asks) - len(new)})


async def _lessons(home: Home, chosen: Thinking, index: Index) -> list[Planned]:
    """What would be asked about lessons, once what was observed is consolidated; nothing of that is stored."""
    from sleep.consolidate import deliberate

    if chosen.thinker == "agent" or not home.layouts():
        return []
    asks = await deliberate.rehearsed(home, chosen, index)
    return [
        _reckoned(f"lessons: {len(ask.pack.hints)} pairs and groups", [ask], deliberate.OUTPUT, chosen) for ask in asks
    ]


def _reckoned(subject: str, asks: Sequence[Ask], guessed: int, chosen: Thinking) -> Planned:
    """What asks would cost; `guessed` are the tokens of an answer."""
    from sleep.thinkers.sending import most_tokens

    tokens, usd, most = 0, Decimal(0), Decimal(0)
    batch = chosen.thinker == "batches"
    for ask in asks:
        price = FREE if chosen.thinker in ("endpoint", "agent") else chosen.price_table().of(ask.model)
        prompt = int(ask.bytes / GUESSED_BYTES)
        output = min(guessed, ask.max_tokens)
        tokens += prompt + output
        usd += price.cost(Usage(input=prompt, output=output), batch=batch)
        most += price.worst(most_tokens(ask), MAX_TOKENS[ask.part], batch=batch)
    return Planned(subject=subject, files=0, requests=len(asks), known=0, tokens=tokens, usd=usd, most_usd=most)


async def _index(home: Home, tree: Tree) -> tuple[Index, tuple[Asked, ...]]:
    """The index as it is now, and what was asked."""
    index = Index()
    asked: tuple[Asked, ...] = ()
    if home.layouts():
        from store.tables import Store

        store = await Store.open(home, create=False)
        try:
            rows = await store.rows()
            asked = tuple(await store.queries(5_000))
        finally:
            store.close()
        tree.seed({row.record.path: entry for row, entry in rows})
        index.load(row for row, _ in rows)
    changes = tree.sync()
    index.apply([read(path, data) for path, data in changes.changed.items()], changes.gone)
    return index, asked
