"""A denial must be true: what "there is no such thing here" looks at before it says so."""

from __future__ import annotations

from store.families import written
from tests.conftest import MakeRepo, write
from tests.test_families import Repo


def test_a_word_in_a_string_literal_is_told_with_its_line(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo({
            "src/color.ts": "export function colored(): boolean {\n  return !('NO_TINT' in settings())\n}\n",
            "src/tint.go": 'package tint\n\nvar name = "NO_HUE"\n',
        })
    )  # fmt: skip
    said = repo.ask("explain", "absent:NO_TINT")
    assert "There is no `NO_TINT`" in said and "no code refers" not in said
    assert "`src/color.ts`" in said and "'NO_TINT' in settings()" in said
    assert "`src/tint.go`" in repo.ask("explain", "absent:NO_HUE")
    assert "nor does any text" in repo.ask("explain", "absent:NO_SHADE")


def test_code_left_out_as_too_large_is_searched_before_anything_is_denied(make_repo: MakeRepo) -> None:
    filler = "export const a = 1\n" * 60_000
    repo = Repo(make_repo({"src/a.ts": "export const b = 2\n", "src/made.ts": filler + "export function forge() {}\n"}))
    assert repo.tree.skipped["too large"] == 1
    doubtful = repo.answer("explain", "absent:forge")
    assert doubtful.confidence < 1.0 and "`src/made.ts` mentions it" in doubtful.claims[-1].text
    certain = repo.answer("explain", "absent:forget_me")
    assert certain.confidence == 1.0
    write(repo.root, {"src/made.ts": filler + "export function forget_me() {}\n"})
    repo.follow()
    assert not repo.still_fresh(certain)
    certain = repo.answer("explain", "absent:forget_it")
    assert certain.confidence == 1.0
    write(repo.root, {"src/made.ts": filler + "export function forget_it() {}\n"})  # which is as long as before
    repo.follow()
    assert not repo.still_fresh(certain)


def test_what_is_too_much_to_be_searched_is_said(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo({"src/a.py": "A = 1\n", "tools/b.zig": "fn b() void {}\n" * 9}))
    room, written.ROOM = written.ROOM, 10
    try:
        doubtful = repo.answer("explain", "absent:gone")
    finally:
        written.ROOM = room
    said = "\n".join(c.text for c in doubtful.claims)
    assert doubtful.confidence < 1.0 and "1 more such files were not searched" in said


def test_a_line_that_is_shown_keeps_its_secrets(make_repo: MakeRepo) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 4
    repo = Repo(make_repo({"src/a.js": f"login('NO_TINT', '{secret[:40]}')\n"}))
    said = repo.ask("explain", "absent:NO_TINT")
    assert "login(" in said and secret[:40] not in said


def test_of_an_owner_from_outside_nothing_is_claimed(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo({"a.py": "class Store:\n    pass\n\n\nclass Shop:\n    pass\n"}))
    assert "`Shop` has no `Store`" in repo.ask("explain", "absent:Shop.Store")
    outside = repo.ask("explain", "absent:certs.Store")
    assert "has no" not in outside and "Something called `Store` is at `Store` a.py:1-2" in outside


def test_data_too_large_to_be_searched_is_not_said_to_have_nothing(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo({"a.py": "x = 1\n", "data.txt": "UniqueThing is here\n" * 100_000}))
    said = repo.ask("explain", "absent:UniqueThing")
    assert "1 more file was not searched for it as text" in said and "nor does any text" not in said
