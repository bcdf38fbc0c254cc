"""Which stored free-form answers are served or offered: each veto by its name, and the look-alikes of `code_groups.jsonl`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store.question.gate import doubts, offered, servable, stated_key, vetoes

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("asked", "stored", "reason"),
    [
        ("what calls parse_config?", "what calls parse_cookie?", "other name"),
        ("what calls parse_config?", "what does parse_config call?", "reversed direction"),
        ("which classes inherit from Base_X?", "what does Base_X inherit from?", "reversed direction"),
        ("what calls parse_config?", "which tests cover parse_config?", "other kind"),
        ("which handler serves POST /orders?", "which handler serves GET /orders?", "other HTTP verb"),
        ("what changed last week?", "what changed last month?", "other time window"),
        ("which jobs run nightly?", "which jobs run hourly?", "other rhythm"),
        ("which views validate input?", "which views don't validate input?", "negation"),
        ("how is the cache enabled?", "how is the cache disabled?", "negation"),
        ("how do users sign in?", "how do users sign out?", "the opposite"),
        ("what does migration 0042 do?", "what does migration 0043 do?", "other number"),
        ("who wrote it?", "when was it written?", "other aspect"),
        ("how do we deploy to production?", "how do we deploy to staging?", "other place"),
        ("why does f raise KeyError: 'a'?", "why does f raise KeyError: 'b'?", "other name"),
    ],
)
def test_a_veto_names_its_reason(asked: str, stored: str, reason: str) -> None:
    assert any(v.startswith(reason) for v in vetoes(asked, stored)), vetoes(asked, stored)
    assert servable(asked, [stored]) is None
    assert offered(asked, [(stored, 0.99)]) == []


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("what calls parse_config?", "list every caller of parse_config()"),
        ("what changed in billing last week?", "show me billing changes over the past 7 days"),
        ("which files import src/auth/session.py?", "list the modules that import auth/session"),
        ("which tests cover Invoice.finalize?", "find the tests of the finalize method of Invoice"),
    ],
)
def test_other_words_for_the_same_question_pass(asked: str, stored: str) -> None:
    assert vetoes(asked, stored) == ()
    assert servable(asked, [stored]) == 0


def test_of_several_under_one_key_only_the_one_without_a_doubt_is_served() -> None:
    stored = ["which release contains it?", "why was it made?"]
    assert doubts("what was the reason for it?", stored[0])
    assert servable("what was the reason for it?", stored) == 1
    assert servable("tell me about it", ["explain it", "describe it"]) is None


def test_what_is_offered_is_the_nearest_first_with_its_doubts() -> None:
    found = offered(
        "how is a refund issued?", [("why is a refund issued?", 0.7), ("how are refunds issued", 0.9), ("x_y?", 0.8)]
    )
    assert [o.number for o in found] == [1, 0]
    assert found[1].doubts == ("aspect: only one asks why",)


def test_a_stated_key_ignores_order_and_spelling_of_names_but_not_the_window() -> None:
    assert stated_key("explain", ["audit logs", "X"], None) == stated_key("explain", ["x", "Audit-Logs"], None)
    assert stated_key("changes", ["a"], "last week") == stated_key("changes", ["a"], "past 7 days")
    assert stated_key("changes", ["a"], "last week") != stated_key("changes", ["a"], None)
    assert stated_key(None, ["a"], None) is None
    assert stated_key("explain", [], None) is None


def _groups() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    groups, stated = (
        [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
        for name in ("code_groups.jsonl", "code_groups_stated.jsonl")
    )
    return list(zip(groups, stated, strict=True))


def test_vetoes_keep_paraphrases_and_stop_most_look_alikes() -> None:
    lost = pairs = stopped = alike = 0
    for group, _ in _groups():
        one, *others = group["paraphrases"]
        pairs += len(others)
        lost += sum(bool(vetoes(other, one)) for other in others)
        alike += len(group["hard_negatives"])
        stopped += sum(bool(vetoes(one, h["q"])) for h in group["hard_negatives"])
    assert lost / pairs <= 0.02
    assert stopped / alike >= 0.5


def test_with_kind_and_names_stated_repeats_are_served_and_look_alikes_are_not() -> None:
    store = []
    for group, stated in _groups():
        questions = [group["paraphrases"][0], *(h["q"] for h in group["hard_negatives"])]
        fields = [stated["paraphrases"], *stated["hard_negatives"]]
        store += [(group["group"], n == 0, q, _key(f)) for n, (q, f) in enumerate(zip(questions, fields, strict=True))]
    right = wrong = asked = 0
    for group, stated in _groups():
        same = [one for one in store if one[3] == _key(stated["paraphrases"])]
        for question in group["paraphrases"][1:]:
            asked += 1
            served = servable(question, [q for _, _, q, _ in same])
            if served is not None:
                of, is_right, _, _ = same[served]
                right += of == group["group"] and is_right
                wrong += of != group["group"] or not is_right
    assert right / asked >= 0.9
    assert wrong / asked <= 0.01


def _key(fields: dict[str, Any]) -> str | None:
    return stated_key(fields["kind"], fields["about"], fields.get("since"))
