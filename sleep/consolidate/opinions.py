"""Opinions: what models said of the lessons' doubts, read back from the notebook, and what of it may change a lesson. Pure.

An opinion changes only what it was asked about, is never believed against the rules, and never makes a lesson of a remark that
did not recur. What was asked is in the notebook with the answer, so that nothing is asked twice.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sleep.consolidate.curate import Lessons, applied
from sleep.consolidate.deltas import Delta, Merge, Reword, Supersede
from sleep.consolidate.doubts import SAME, Group, Pair, ways_of
from sleep.consolidate.wording import uncovered
from sleep.thinking.notes import read_comparison
from sleep.thinking.pack import Block, Pack
from sleep.thinking.prompt import model_of
from store.lessons import contrary, same
from store.said.statement import opposes, statement
from store.words import Evidence, digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from sleep.thinking.notebook import Thought
    from store.lessons import Near
    from store.words import Lesson

_HINT = re.compile(r"(pair|group) (\d+): lines ([\d, ]+)")

TOO_MANY = 0.5
"""A reply in which more pairs than this contradict each other was not about them: a repository's rules are not at war."""


class Opinions(NamedTuple):
    """By what was asked: what each model said of a pair, the wording of a group; and everything that was asked at all."""

    pairs: Mapping[frozenset[str], Mapping[str, str]]
    groups: Mapping[frozenset[str], tuple[str, str, str]]
    asked: Mapping[frozenset[str], set[str]]
    unreadable: int


def packed(some: Sequence[Pair], many: Sequence[Group]) -> Pack:
    """Pairs and groups as a model gets to see them: each statement a line, and which lines belong together."""
    lines: dict[str, int] = {}

    def line(text: str) -> str:
        return str(lines.setdefault(" ".join(text.split()), len(lines) + 1))

    hints = [f"pair {n}: lines {line(one)}, {line(other)}" for n, (one, other) in enumerate(some, 1)]
    hints += [
        f"group {n}: lines {', '.join(dict.fromkeys(line(t) for t in (group.text, *group.ways)))}"
        for n, group in enumerate(many, 1)
    ]
    text = "\n".join(lines)
    rests_on = (Evidence(kind="set", subject="lessons", digest=digest_of("\n".join([text, *hints]))),)
    return Pack(
        subject="lessons",
        blocks=(Block(entity="observations", start=1, text=text),),
        hints=tuple(hints),
        evidence=rests_on,
    )


def _asked(pack: Pack) -> Iterator[tuple[str, int, frozenset[str]]]:
    """What a pack asks: kind, number, and the statements that are meant."""
    lines = pack.blocks[0].text.split("\n")
    for hint in pack.hints:
        if match := _HINT.fullmatch(hint):
            yield match[1], int(match[2]), frozenset(lines[int(n) - 1] for n in match[3].split(", "))


def opinions(thoughts: Iterable[Thought]) -> Opinions:
    """Everything that was ever asked about lessons, and said."""
    said: dict[frozenset[str], dict[str, str]] = defaultdict(dict)
    worded: dict[frozenset[str], tuple[str, str, str]] = {}
    asked: dict[frozenset[str], set[str]] = defaultdict(set)
    unreadable = 0
    for thought in sorted((t for t in thoughts if t.ask.part == "lessons"), key=lambda t: (t.at, t.ask.id)):
        model, meant = model_of(thought.ask.id), {(kind, n): key for kind, n, key in _asked(thought.ask.pack)}
        for key in meant.values():
            asked[key].add(model)
        if thought.state != "answered":
            continue
        read = read_comparison(thought.reply.text) if thought.reply and thought.reply.ended == "done" else None
        relations = _once((one.pair, one.relation) for one in read.pairs) if read else {}
        if read is None or sum(r == "contradicts" for r in relations.values()) > max(3, TOO_MANY * len(relations)):
            unreadable += 1
            continue
        for n, relation in relations.items():
            if ("pair", n) in meant:
                said[meant["pair", n]][model] = relation
        for n, text in _once((one.group, one.text) for one in read.groups).items():
            if ("group", n) in meant:
                worded[meant["group", n]] = (" ".join(text.split()), f"model:{model}", thought.ask.id)
    return Opinions(said, worded, asked, unreadable)


def _once(said: Iterable[tuple[int, str]]) -> dict[int, str]:
    """What was said once: who says two things of one pair has said nothing."""
    some = list(dict.fromkeys(said))
    counts = Counter(n for n, _ in some)
    return {n: text for n, text in some if counts[n] == 1}


def advised(
    lessons: Lessons, held: Opinions, models: Sequence[str], said: Mapping[str, str], near: Near
) -> tuple[Lessons, Counter[str]]:
    """The lessons as they are with what all of the models agree on, and a count of what was done and of what was not believed."""
    counts: Counter[str] = Counter()
    known = dict(lessons)
    for key in sorted(held.pairs, key=sorted):
        verdicts = {held.pairs[key].get(model) for model in models}
        found = sorted((one for one in known.values() if one.text in key and one.state != "retired"), key=_rank)
        # What was asked of two rules says nothing of a preference in the same words: that is nobody else's.
        if len(found) == 2 and len(verdicts) == 1 and found[0].scope == found[1].scope:
            deltas, note = _of_pair(found[0], found[1], str(verdicts.pop()), near, models)
            known = applied(known, deltas)
            counts[note] += 1
    for one in list(known.values()):
        ways = ways_of(one, said)
        if one.state == "active" and not one.worded and (answer := held.groups.get(Group(one.text, ways).key)):
            text, by, thought = answer
            if why := uncovered(text, (one.text, *ways)):
                counts[f"wording: {why.partition(':')[0]}"] += 1
            elif text != one.text:
                known = applied(known, [Reword(one.id, text, by, thought)])
                counts["reworded"] += 1
    return known, counts


def _rank(one: Lesson) -> tuple[bool, bool, int, datetime, str]:
    """Whose words stay, of two that say the same: what is shown, what is a rule, what was seen more often, what came first."""
    return one.state != "active", not one.explicit, -len(one.sessions), one.first, one.id


def _of_pair(one: Lesson, other: Lesson, verdict: str, near: Near, models: Sequence[str]) -> tuple[list[Delta], str]:
    """What a verdict does to a pair, where the rules do not know better."""
    ours, theirs = statement(one.text), statement(other.text)
    who = " and ".join(f"model:{model}" for model in models)
    if verdict == "same":
        exact = ours.names == theirs.names and ours.numbers == theirs.numbers
        if not exact or contrary(one.text, other.text, near) or opposes(ours, theirs):
            return [], "same: against the rules"
        return [Merge(one.id, other.id, f"{SAME}, says {who}")], "merged"
    if verdict == "contradicts":
        newer, old = (one, other) if one.at > other.at else (other, one)
        if same(one.text, other.text, near):
            return [], "contradicts: against the rules"
        if newer.state != "active" or newer.at == old.at:
            return [], "contradicts: not yet"
        return [Supersede(newer.id, old.id, f"contradicted, says {who}")], "superseded"
    return [], "independent"
