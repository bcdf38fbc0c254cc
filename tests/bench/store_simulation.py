"""Free-form answers among look-alikes: what the gate serves and offers, and what plain cosine would have served.

    python tests/bench/store_simulation.py [--half dev|test|all] [--product]

Of each group of `tests/data/code_groups.jsonl` one paraphrase and all look-alikes are stored as free-form answers; the other two
paraphrases are asked. `code_groups_stated.jsonl` says what a careful agent would state as kind, names and window: written by
hand, the same for all paraphrases of a group, so "stated" is what the gate can do at best, not what agents will do.

With `--product` the same goes through the tools of a real server over a small repository that knows none of those names: all is
recorded with `record_query` and asked with `lookup_preanswer`, in the serving process at once, and again after a shift.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from store.embed import Embedder
from store.question.gate import offered, servable, stated_key
from store.words import verbatim

DATA = Path(__file__).parents[1] / "data"
TOP = 3
NEAR = 12
"""How many of the nearest stored questions the gate looks at."""


class Stored(NamedTuple):
    """One stored free-form answer: which group and whether it answers that group's paraphrases."""

    group: int
    question: str
    right: bool
    key: str | None
    vector: list[float]


class Tally:
    """Counts of one way of deciding."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = self.right = self.wrong = self.among = self.offers = 0

    def row(self) -> str:
        share = [f"{100 * n / self.asked:5.1f} %" for n in (self.right, self.wrong)]
        among = f"{100 * self.among / self.offers:5.1f} %" if self.offers else "      -"
        return f"{self.name:<44}{share[0]:>14}{share[1]:>14}{among:>22}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--product", action="store_true")
    args = parser.parse_args()
    half = args.half
    groups = [g for g in _lines("code_groups.jsonl") if half in (g["half"], "all")]
    stated = {s["group"]: s for s in _lines("code_groups_stated.jsonl")}
    embed = Embedder().embed_one
    store = [one for g in groups for one in _stored(g, stated[g["group"]], embed)]
    asks = [(g["group"], q, embed(q)) for g in groups for q in g["paraphrases"][1:]]
    print(f"{len(store)} stored, {len(asks)} asked ({half})")
    print(f"{'':<44}{'served right':>14}{'served wrong':>14}{'right among 3 offered':>22}")
    for threshold in (0.8, 0.9, 0.95):
        print(_cosine(store, asks, threshold).row())
    print(_gate(store, asks, None).row())
    print(_gate(store, asks, stated).row())
    if args.product:
        asyncio.run(_product(groups, stated))


def _lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _stored(group: dict, stated: dict, embed) -> list[Stored]:
    questions = [group["paraphrases"][0], *(h["q"] for h in group["hard_negatives"])]
    keys = [_key(s) for s in (stated["paraphrases"], *stated["hard_negatives"])]
    return [Stored(group["group"], q, n == 0, keys[n], embed(q)) for n, q in enumerate(questions)]


def _key(stated: dict) -> str | None:
    return stated_key(stated["kind"], stated["about"], stated.get("since"))


def _near(store: list[Stored], vector: list[float]) -> list[tuple[Stored, float]]:
    scored = [(one, sum(a * b for a, b in zip(one.vector, vector, strict=True))) for one in store]
    return sorted(scored, key=lambda pair: -pair[1])[:NEAR]


def _cosine(store: list[Stored], asks: list, threshold: float) -> Tally:
    tally = Tally(f"cosine alone, served from {threshold}")
    for group, _, vector in asks:
        near = _near(store, vector)
        tally.asked += 1
        tally.offers += 1
        tally.among += any(one.group == group and one.right for one, _ in near[:TOP])
        if near[0][1] >= threshold:
            _count(tally, near[0][0], group)
    return tally


def _gate(store: list[Stored], asks: list, stated: dict | None) -> Tally:
    tally = Tally("gate, kind and names stated" if stated else "gate, nothing stated")
    for group, question, vector in asks:
        tally.asked += 1
        key = _key(stated[group]["paraphrases"]) if stated else None
        same = [one for one in store if (one.key == key if key else verbatim(one.question) == verbatim(question))]
        served = servable(question, [one.question for one in same]) if same else None
        if served is not None:
            _count(tally, same[served], group)
            continue
        near = _near(store, vector)
        offers = offered(question, [(one.question, nearness) for one, nearness in near], TOP)
        tally.offers += 1
        tally.among += any(near[o.number][0].group == group and near[o.number][0].right for o in offers)
    return tally


SHOP = {
    "shop/cart.py": '"""Carts."""\n\n\nclass Cart:\n    """What is to be bought."""\n\n'
    "    def total(self) -> int:\n        return 0\n",
    "shop/desk.py": "from shop.cart import Cart\n\n\ndef till(cart: Cart) -> int:\n    return cart.total()\n",
}


async def _product(groups: list[dict], stated: dict[int, dict]) -> None:
    """The same through the tools: what is served, and what is among the questions offered."""
    from server.app import Settings, opened

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in SHOP.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        subprocess.run(["git", "init", "-q", folder], check=True)
        known = _known(groups, stated)
        async with opened(Settings(repo=root)) as app:
            await app.first_shift(bars=False)
            await asyncio.to_thread((await app.rooms()).embedder.warm)
            for question, (group, right, fields) in known.items():
                answer = f"{'right' if right else 'wrong'} {group}"
                sources = ["shop/cart.py::Cart"]
                await app.record(question, answer, sources, None, None, "", "bench", *_stating(fields))
            await _asked(app, groups, stated, known, "at once")
        async with opened(Settings(repo=root)) as app:
            await app.first_shift(bars=False)
            await asyncio.to_thread((await app.rooms()).embedder.warm)
            await _asked(app, groups, stated, known, "after a shift")


def _known(groups: list[dict], stated: dict[int, dict]) -> dict[str, tuple[int, bool, dict]]:
    found = {}
    for group in groups:
        of = stated[group["group"]]
        found[group["paraphrases"][0]] = (group["group"], True, of["paraphrases"])
        for negative, fields in zip(group["hard_negatives"], of["hard_negatives"], strict=True):
            found.setdefault(negative["q"], (group["group"], False, fields))
    return found


def _stating(fields: dict) -> tuple[str | None, list[str], str | None]:
    return fields.get("kind"), fields.get("about", []), fields.get("since")


async def _asked(app, groups: list[dict], stated: dict[int, dict], known: dict, when: str) -> None:
    for states in (False, True):
        tally = Tally(f"product {when}, {'kind and names' if states else 'nothing'} stated")
        took = []
        for group in groups:
            fields = stated[group["group"]]["paraphrases"] if states else {}
            for question in group["paraphrases"][1:]:
                began = time.perf_counter()
                result, _ = await app.lookup(question, *_stating(fields), 700, "", "bench")
                took.append(time.perf_counter() - began)
                tally.asked += 1
                if result.status in ("hit", "computed"):
                    right = result.answer == f"right {group['group']}"
                    tally.right += right
                    tally.wrong += not right
                    if not right:
                        print(f"    {result.status}: {question!r} -> {result.answer!r}"[:200])
                    continue
                tally.offers += 1
                among = [known.get(c.question or "", (None, False)) for c in result.candidates]
                tally.among += any(one[:2] == (group["group"], True) for one in among)
                if not any(one[:2] == (group["group"], True) for one in among):
                    print(f"    offered: {question!r} -> {[c.question or c.about for c in result.candidates]}"[:300])
        print(tally.row(), f"   p50 {1e3 * sorted(took)[len(took) // 2]:.0f} ms")


def _count(tally: Tally, one: Stored, group: int) -> None:
    right = one.group == group and one.right
    tally.right += right
    tally.wrong += not right


if __name__ == "__main__":
    main()
