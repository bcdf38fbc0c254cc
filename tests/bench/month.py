"""What is left of a month: precision and recall of the lessons against the script, and the size when the month is replayed.

    python tests/bench/month.py [--show]

Each run goes through the real store and the real embedder, in shifts as a sleeper would run them: one a day.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sleep.consolidate.stage import Consolidated, consolidated, nearness
from sleep.desk import Desk
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.progress import Quiet
from sleep.report import ShiftReport
from store.embed import Embedder
from store.home import Home
from store.tables import Store
from store.words import Lesson, Observation, ObservationKind
from tests.bench.month_script import FIRMWARE, OURS, WEB, Script, Truth

BEGIN = datetime(2026, 10, 1, 9, tzinfo=UTC)
DAYS = 30


def month(script: Script, seed: int, begin: datetime = BEGIN) -> list[Observation]:
    """The month's observations in order, some 300 of them: each truth a few times, what held before it earlier, and the rest."""
    dice = random.Random(seed)
    found: list[Observation] = []

    def see(text: str, day: float, scope: str = "repo", kind: ObservationKind = "pattern") -> None:
        at = begin + timedelta(days=day, seconds=len(found))
        found.append(
            Observation(
                id=f"{seed}-{begin:%m}-{len(found)}",
                at=at,
                text=text,
                kind=kind,
                scope=scope,
                session=f"s{begin:%m}{int(day * 3)}",
            )
        )

    for truth in script.truths:
        for text in truth.was:
            see(text, dice.uniform(0, 10), truth.scope, "correction")
        for n in range(max(len(truth.said), 6)):
            see(truth.said[n % len(truth.said)], dice.uniform(12, DAYS), truth.scope, "correction")
    for text in script.once:
        see(text, dice.uniform(0, DAYS))
    for _ in range(150):
        see(dice.choice(script.noise), dice.uniform(0, DAYS), kind="failure")
    for _ in range(50):
        see(dice.choice(OURS), dice.uniform(0, DAYS))
    return sorted(found, key=lambda o: o.at)


class Score(NamedTuple):
    """What of the active lessons should be there, and what of what should be is. `extra` and `missing` name the rest."""

    precision: float
    recall: float
    extra: list[str]
    missing: list[str]


def score(lessons: list[Lesson], truths: tuple[Truth, ...]) -> Score:
    """Each truth is met by one lesson at most: a second one that says the same is one too many."""
    shown = [one for one in lessons if one.state == "active"]
    met: set[int] = set()
    extra = []
    for lesson in shown:
        hit = next((n for n, t in enumerate(truths) if n not in met and _says(lesson, t)), None)
        if hit is None:
            extra.append(lesson.text)
        else:
            met.add(hit)
    missing = [truths[n].said[0] for n in range(len(truths)) if n not in met]
    return Score(len(met) / max(len(shown), 1), len(met) / len(truths), extra, missing)


def _says(lesson: Lesson, truth: Truth) -> bool:
    text = lesson.text.lower()
    return all(w in text for w in truth.must) and lesson.scope == truth.scope


async def live(store: Store, desk: Desk, seen: list[Observation], begin: datetime) -> Consolidated:
    """A shift a day over a month, through the store."""
    done = Consolidated({}, set(), [])
    near = nearness(desk)
    for day in range(1, DAYS + 2):
        until = begin + timedelta(days=day)
        await store.add("observations", [o for o in seen if until - timedelta(days=1) <= o.at < until])
        waiting = [o for o in await store.entries("observations", Observation, 10_000) if not o.settled]
        before = {lesson.id: lesson for lesson in await store.entries("lessons", Lesson, 10_000)}
        done = consolidated(before.values(), waiting, near, lambda _: True, until)
        await store.add("lessons", [one for name, one in done.lessons.items() if before.get(name) != one])
        await store.drop_entries("lessons", sorted(before.keys() - done.lessons.keys()))
        await store.add("observations", done.settled)
    return done


async def run(name: str, script: Script, folder: Path, *, show: bool) -> bool:
    """One project: a month, and the same month once more."""
    store = await Store.open(Home(folder, None))
    desk = Desk(store, Embedder(), Pace(), Limits(), Quiet(), ShiftReport())
    began = time.perf_counter()
    seen = month(script, 7)
    done = await live(store, desk, seen, BEGIN)
    first = score(list(done.lessons.values()), script.truths)
    again_at = BEGIN + timedelta(days=31)
    again = await live(store, desk, month(script, 8, again_at), again_at)
    second = score(list(again.lessons.values()), script.truths)
    for label, result, lessons in (("month", first, done.lessons), ("replayed", second, again.lessons)):
        active = sum(1 for one in lessons.values() if one.state == "active")
        print(f"{name:<9}{label:<9} observations {len(seen)}  active {active}  kept {len(lessons)}  "
              f"precision {result.precision:.2f}  recall {result.recall:.2f}")  # fmt: skip
        if show:
            print("  extra:  ", *result.extra, sep="\n    ")
            print("  missing:", *result.missing, sep="\n    ")
    print(f"{name:<9}{time.perf_counter() - began:.1f} s")
    store.close()
    return min(first.precision, first.recall, second.precision, second.recall) >= 0.9


async def main() -> int:
    """Both projects; 0 if both keep what they should and little else."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="name what is missing and what is too much")
    parser.add_argument("--only", choices=("web", "firmware"))
    args = parser.parse_args()
    held = True
    for name, script in (("web", WEB), ("firmware", FIRMWARE)):
        if args.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                held &= await run(name, script, Path(folder), show=args.show)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
