"""Contexts with their questions: reading them from JSONL, and making some that need several steps of arithmetic.

Not here: asking (`asking.py`), measuring (`experiment.py`).
"""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path
from typing import NamedTuple


class Question(NamedTuple):
    text: str
    answer: str


class Problem(NamedTuple):
    """One context and everything that will be asked about it."""

    id: str
    context: str
    questions: tuple[Question, ...]


def load(path: Path) -> list[Problem]:
    """Read a data file; see README.md for its forms."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if line.strip():
            found.append(_problem(json.loads(line), number))
    return found


def _problem(raw: dict[str, object], number: int) -> Problem:
    if "context" in raw:
        asked = tuple(Question(q["question"], str(q["answer"])) for q in raw["questions"])  # type: ignore[attr-defined]
        return Problem(str(raw.get("id", number)), str(raw["context"]), asked)
    sentences = re.split(r"(?<=[.?!])\s+", str(raw["question"]).strip())
    answer = str(raw["answer"]).rpartition("####")[2].strip()
    return Problem(str(raw.get("id", number)), " ".join(sentences[:-1]), (Question(sentences[-1], answer),))


_NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn")
_THINGS = ("apples", "marbles", "stamps", "shells", "coins", "cards")


def made(contexts: int, questions: int, seed: int = 1) -> list[Problem]:
    """Problems of our own: people whose holdings hang on each other, so that a later one takes more steps."""
    dice = random.Random(seed)
    return [_made(dice, number, questions) for number in range(contexts)]


def _made(dice: random.Random, number: int, questions: int) -> Problem:
    thing = dice.choice(_THINGS)
    held = {_NAMES[0]: dice.randint(3, 20)}
    lines = [f"{_NAMES[0]} has {held[_NAMES[0]]} {thing}."]
    for before, name in itertools.pairwise(_NAMES):
        if dice.random() < 0.5:
            factor = dice.randint(2, 4)
            held[name] = held[before] * factor
            lines.append(f"{name} has {factor} times as many {thing} as {before}.")
        else:
            more = dice.randint(2, 30)
            held[name] = held[before] + more
            lines.append(f"{name} has {more} more {thing} than {before}.")
    asked = [Question(f"How many {thing} does {n} have?", str(h)) for n, h in held.items()]
    asked.append(Question(f"How many {thing} do all of them have together?", str(sum(held.values()))))
    asked.append(
        Question(f"How many would be left of {_NAMES[4]}'s {thing} if 3 were given away?", str(held[_NAMES[4]] - 3))
    )
    dice.shuffle(asked)
    return Problem(f"made-{number}", " ".join(lines), tuple(asked[:questions]))


def right(given: str, wanted: str) -> bool:
    """Whether an answer is right: the number after "answer is", or the last one; else the text as it stands."""
    number = re.fullmatch(r"-?[\d,]*\.?\d+", wanted.strip())
    if not number:
        return _plain(wanted) in _plain(given)
    said = re.findall(r"answer is[^\d-]*(-?[\d,]*\.?\d+)", given, re.IGNORECASE) or re.findall(r"-?[\d,]*\.?\d+", given)
    try:
        return bool(said) and abs(float(said[-1].replace(",", "")) - float(wanted.replace(",", ""))) < 1e-6
    except ValueError:
        return False


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
