"""A scripted model for the made problems: it reasons as far as its budget goes, and reads what notes hold. It stands for no
real one.

Awake it needs a sentence for each step, and guesses wrong where the budget is too small. Asleep it writes down what a person
holds, each sample some of it. So more budget, and more sleep, help; and a question that the notes do not foresee has to be
worked out all the same.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.anthropic_server import Said

STEP_TOKENS = 45


def model(params: dict[str, Any]) -> Said:
    """Answer a request of the experiment."""
    text = params["messages"][0]["content"]
    context = _between(text, "context")
    if "Work ahead" in params["system"]:
        return Said(_notes(context, salt=str(hash_of(text + str(params.get("metadata")))) + str(_count(text))))
    question = text.rpartition("Question: ")[2].split("\n")[0] if "Question: " in text else ""
    return Said(
        _answer(context, question, re.findall(r"<notes>\n(.*?)\n</notes>", text, re.DOTALL), params["max_tokens"])
    )


_asked: dict[str, int] = {}


def _count(text: str) -> int:
    """The how-many-eth sample of one context this is: a real model's samples differ by chance, ours by number."""
    _asked[text] = _asked.get(text, 0) + 1
    return _asked[text]


def _notes(context: str, salt: str) -> str:
    held, thing = holdings(context), _thing(context)
    kept = {n: h for n, h in held.items() if hash_of(context + n + salt) % 100 < 65}
    lines = [f"Step by step, {n} has {h} {thing}." for n, h in kept.items()]
    return "\n".join([*lines, *(f"Q: How many {thing} does {n} have?" for n in kept)]) or "Nothing."


def _answer(context: str, question: str, notes: list[str], budget: int) -> str:
    held, noted = holdings(context), "\n".join(notes)
    names = list(held)
    name = next((n for n in names if n in question), None)
    steps = len(names) if name is None else names.index(name) + 1
    value = sum(held.values()) if name is None else held[name] - (3 if "left" in question else 0)
    if not question:
        steps, value = 1, held[names[hash_of(context) % len(names)]]
    if name is not None and f"{name} has {held[name]} " in noted:
        steps = 2 if "left" in question else 1
    needed = steps * STEP_TOKENS
    reasoning = "Then the next one is worked out from the one before, and so on. " * min(
        steps - 1, max(budget // STEP_TOKENS - 1, 0)
    )
    if needed > budget and hash_of(question + context + str(budget)) % 100 >= 25:
        value += 1 + hash_of(question) % 7
    return f"{reasoning}The answer is {value}."


def holdings(context: str) -> dict[str, int]:
    """Who holds how many, worked out from the sentences of `problems.made`."""
    held: dict[str, int] = {}
    for sentence in re.split(r"(?<=\.)\s+", context):
        if match := re.match(r"(\w+) has (\d+) \w+\.", sentence):
            held[match[1]] = int(match[2])
        elif match := re.match(r"(\w+) has (\d+) times as many \w+ as (\w+)\.", sentence):
            held[match[1]] = held[match[3]] * int(match[2])
        elif match := re.match(r"(\w+) has (\d+) more \w+ than (\w+)\.", sentence):
            held[match[1]] = held[match[3]] + int(match[2])
    return held


def _thing(context: str) -> str:
    match = re.match(r"\w+ has \d+ (\w+)\.", context)
    return match[1] if match else "things"


def _between(text: str, tag: str) -> str:
    match = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", text, re.DOTALL)
    return match[1] if match else ""


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
