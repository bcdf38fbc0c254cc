"""The store as the server and the sleeper use it: real tables, two processes, versions. Damage: `test_damage.py`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import NoStore, StoreTooNew
from store.home import Home
from store.schema import search_words
from store.tables import Store
from store.words import ANALYSER_VERSION, SCHEMA_VERSION, Card, Evidence, Fact
from tests.stored import asked, preanswer, row, vector

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.anyio


# -- what is put comes back ----------------------------------------------------------------------------------------------


async def test_an_empty_store_answers_everything_with_nothing(store: Store) -> None:
    assert await store.rows() == [] and await store.rows_of(["a"]) == [] and await store.digests() == {}
    assert await store.preanswers() == [] and await store.preanswer("k") is None
    assert await store.nearest_preanswers(vector(1), "who calls f", 3) == []
    assert await store.cards() == [] and await store.card(".") is None
    assert await store.queries() == [] and await store.meta_get("x") is None
    await store.drop_rows(["a"])
    await store.optimize()
    assert store.notices == []


async def test_rows_come_back_as_they_were_put(store: Store) -> None:
    rows = [row(f"p{i}.py") for i in range(30)]
    await store.put_rows(rows)
    assert sorted(await store.rows(), key=lambda r: r[0].record.path) == sorted(rows, key=lambda r: r[0].record.path)
    assert await store.rows_of(["p3.py", "none.py"]) == [rows[3]]
    assert (await store.digests())["p29.py"] == "d1"


async def test_a_row_put_again_replaces_the_first_also_within_one_call(store: Store) -> None:
    await store.put_rows([row("a.py", "old"), row("a.py", "new")])
    assert await store.digests() == {"a.py": "new"}
    await store.put_rows([row("a.py", "newer")])
    assert await store.digests() == {"a.py": "newer"}
    await store.drop_rows(["a.py", "b.py"])
    assert await store.digests() == {}


async def test_rows_of_another_analyser_are_not_returned(store: Store) -> None:
    await store.put_preanswers([(preanswer("f", "who calls f", analyser=ANALYSER_VERSION + 1), vector(1))])
    assert await store.preanswers() == []
    assert await store.nearest_preanswers(vector(1), "who calls f", 3) == []


async def test_hostile_keys_are_keys_like_any_other(store: Store) -> None:
    keys = [
        "' OR '1'='1",
        "a'b",
        'a"b',
        "\\') OR 1=1 --",
        "%",
        "_",
        "\n",
        "\0x",
        "日本",
        "e\u0301",
        "\u00e9",
        "x" * 5_000,
        "a;drop",
    ]
    await store.put_rows([row(key, f"d{i}") for i, key in enumerate(keys)])
    for i, key in enumerate(keys):
        assert [entry.digest for _, entry in await store.rows_of([key])] == [f"d{i}"], key
        await store.meta_set(key, str(i))
        assert await store.meta_get(key) == str(i)
    await store.drop_rows([keys[0]])
    assert len(await store.digests()) == len(keys) - 1


async def test_preanswers_of_two_states_are_both_kept(store: Store) -> None:
    one = preanswer("f", "who calls f")
    other = preanswer("f", "who calls f", evidence=(Evidence(kind="file", subject="a.py", digest="d2"),))
    await store.put_preanswers([(one, None), (other, None)])
    assert {p.variant for p in await store.preanswers_of([one.key])} == {one.variant, other.variant}
    await store.drop_preanswers([one.variant])
    assert await store.preanswer(one.key) == other


async def test_quarantined_answers_are_neither_found_nor_proposed(store: Store) -> None:
    bad = preanswer("f", "who calls f", quarantined="diverged")
    await store.put_preanswers([(bad, vector(1))])
    assert await store.preanswer(bad.key) is None
    assert await store.nearest_preanswers(vector(1), "who calls f", 3) == []
    assert await store.preanswers() == [bad]


async def test_a_log_entry_added_twice_is_there_once_and_the_newest_come_first(store: Store) -> None:
    await store.add_queries([asked(i) for i in range(20)])
    await store.add_queries([asked(i) for i in range(15, 25)])
    assert len(await store.queries()) == 25
    assert [a.id for a in await store.queries(2)] == ["id24", "id23"]
    await store.trim("queries", 100)
    assert len(await store.queries()) == 25
    await store.trim("queries", 3)
    assert [a.id for a in await store.queries()] == ["id24", "id23", "id22"]


# -- proposals -----------------------------------------------------------------------------------------------------------

QUESTIONS = {
    "parseConfig": "who calls parseConfig",
    "parse_cookie": "who calls parse_cookie",
    "run": "where is run defined",
}


@pytest.fixture
async def proposing(store: Store) -> Store:
    await store.put_preanswers([(preanswer(n, q), vector(i)) for i, (n, q) in enumerate(QUESTIONS.items())])
    await store.put_preanswers([(preanswer("bare", "nothing like it"), None)])
    return store


async def test_proposals_are_found_by_meaning_by_words_and_by_both(proposing: Store) -> None:
    async def first(vec: list[float] | None, text: str) -> str:
        return (await proposing.nearest_preanswers(vec, text, 2))[0][0].question

    assert await first(vector(2), "") == QUESTIONS["run"]
    assert await first(None, "parse_config") == QUESTIONS["parseConfig"]
    assert await first(None, "the cookie parser: parse cookie") == QUESTIONS["parse_cookie"]
    assert await first(vector(1), "who calls parse_cookie") == QUESTIONS["parse_cookie"]
    assert await first(None, "nothing") == "nothing like it"


async def test_a_proposal_carries_its_cosine(proposing: Store) -> None:
    found = {p.question: score for p, score in await proposing.nearest_preanswers(vector(0), "nothing like it", 10)}
    assert found[QUESTIONS["parseConfig"]] == pytest.approx(1.0, abs=1e-4)
    assert abs(found[QUESTIONS["run"]]) < 0.4
    assert found["nothing like it"] == 0.0


async def test_any_text_can_be_searched_for(proposing: Store) -> None:
    for text in ("", '"', "*", "(((", "AND OR NOT", "\0", "\ud800", "?!", "'; --", "x" * 100_000, "парсер", "🦆"):
        await proposing.nearest_preanswers(None, text, 3)


async def test_proposals_stay_right_after_changes_and_compaction(proposing: Store) -> None:
    await proposing.optimize()
    await proposing.put_preanswers([(preanswer("late", "where does lateComer arrive"), vector(9))])
    assert (await proposing.nearest_preanswers(None, "late comer", 1))[0][0].question == "where does lateComer arrive"
    await proposing.drop_preanswers([p.variant for p in await proposing.preanswers() if "late" in p.question])
    assert await proposing.nearest_preanswers(None, "late comer", 1) == []


async def test_cards_are_found_by_what_their_facts_say(store: Store) -> None:
    cards = [
        Card(subject=f"{name}.py", scope="file", facts=(Fact(text=text, evidence=()),))
        for name, text in (("billing", "charges a credit card"), ("login", "checks a password hash"))
    ]
    await store.put_cards([(cards[0], vector(1)), (cards[1], None)])
    assert await store.card("login.py") == cards[1]
    await store.drop_cards(["billing.py"])
    assert await store.cards() == [cards[1]]


def test_identifiers_are_searched_whole_and_in_parts() -> None:
    assert search_words("getHTTPUser_id v2") == "gethttpuser_id get http user id v2 v 2"
    assert search_words("") == "" and search_words("__init__") == "init"


# -- versions ------------------------------------------------------------------------------------------------------------


async def test_another_process_s_commit_changes_the_version_and_is_seen(store: Store, home: Home) -> None:
    before = await store.versions()
    other = await Store.open(home)
    await other.put_rows([row("a.py")])
    after = await store.versions()
    assert after["files"] > before["files"] and after["cards"] == before["cards"]
    assert len(await store.rows()) == 1
    other.close()


async def test_a_store_of_a_newer_layout_is_refused_and_left_alone(store: Store, home: Home) -> None:
    await store.meta_set("schema_version", str(SCHEMA_VERSION + 6))
    with pytest.raises(StoreTooNew, match=rf"{SCHEMA_VERSION + 6}.*{SCHEMA_VERSION}"):
        await Store.open(home)
    await store.meta_set("schema_version", str(SCHEMA_VERSION))
    os.mkdir(home.tables(SCHEMA_VERSION + 1))
    with pytest.raises(StoreTooNew):
        await Store.open(home)


async def test_an_older_layout_s_recorded_entries_are_carried_over_and_the_rest_is_rebuilt(
    store: Store, home: Home
) -> None:
    await store.add_queries([asked(1), asked(2)])
    await store.put_rows([row("a.py")])
    newer = await Store.open(home, layout=SCHEMA_VERSION + 1)
    assert {a.id for a in await newer.queries()} == {"id1", "id2"}
    assert await newer.rows() == []
    assert "2 recorded entries were carried over" in newer.notices[0]
    newer.close()
    again = await Store.open(home, layout=SCHEMA_VERSION + 1)
    assert again.notices == []
    again.close()


async def test_vectors_of_another_embedder_are_dropped_and_their_rows_kept(proposing: Store, home: Home) -> None:
    await proposing.meta_set("embedder", "another/384")
    opened = await Store.open(home)
    assert await opened.nearest_preanswers(vector(0), "", 3) == []
    assert len(await opened.preanswers()) == 4
    assert "embedder changed" in opened.notices[0]
    opened.close()


async def test_a_store_that_is_not_there_is_not_begun_by_looking(home: Home) -> None:
    with pytest.raises(NoStore):
        await Store.open(home, create=False)


async def test_what_an_older_analyser_computed_can_be_dropped(store: Store) -> None:
    old = preanswer("f", "who calls f", analyser=ANALYSER_VERSION - 1)
    newer = preanswer("h", "who calls h", analyser=ANALYSER_VERSION + 1)
    await store.put_preanswers([(old, None), (preanswer("g", "who calls g"), None), (newer, None)])
    await store.drop_outdated()
    assert (await store.counts())["preanswers"] == 2, "a newer analyser, on a shared store, still reads its own"


async def test_a_store_in_an_object_store_keeps_nothing_but_journal_and_locks_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repo = tmp_path / "repo"
    repo.mkdir()
    home = Home(repo, "memory://team")
    store = await Store.open(home)
    await store.add_queries([asked(1)])
    await store.put_preanswers([(preanswer("f", "who calls f"), vector(1))])
    assert (await store.nearest_preanswers(vector(1), "who calls f", 3))[0][1] == pytest.approx(1.0, abs=1e-4)
    await store.optimize()
    assert len(await store.queries()) == 1 and store.notices == []
    assert list(repo.iterdir()) == [] and not (home.folder / "tables").exists()
    store.close()


# -- two processes -------------------------------------------------------------------------------------------------------

WRITER = """
import asyncio, sys
from pathlib import Path
from store.home import Home
from store.tables import Store
from store.words import Asked

async def main(root, me):
    store = await Store.open(Home(Path(root)))
    for i in range(8):
        shared = [Asked(id=f"shared{i}-{j}", question=me, query=None, status="miss") for j in range(5)]
        await store.add_queries([*shared, Asked(id=f"{me}-{i}", question=me, query=None, status="miss")])
        if i % 5 == 4:
            await store.optimize()
    store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def write_in_two_processes(root: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(root)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [subprocess.Popen([*command, name], env=env, stderr=subprocess.PIPE, text=True) for name in ("x", "y")]
    for writer in writers:
        _, error = writer.communicate(timeout=60)
        assert writer.returncode == 0, error


async def test_two_processes_that_write_the_same_keys_lose_and_double_nothing(home: Home) -> None:
    await asyncio.to_thread(write_in_two_processes, home.root)
    store = await Store.open(home)
    ids = [a.id for a in await store.queries()]
    assert len(ids) == len(set(ids)) == 8 * 5 + 16
    store.close()


async def test_half_a_character_does_not_keep_anything_from_being_stored(store: Store) -> None:
    await store.put_preanswers([(preanswer("f", "what is \ud800 f"), None)])
    assert [p.question for p in await store.preanswers()] == ["what is ? f"]
    await store.meta_set("k", "\udfff")
    assert await store.meta_get("k") == "?"


FILLER = """
import asyncio, resource, signal, sys
from pathlib import Path
from store.errors import StoreFull
from store.home import Home
from store.tables import Store
from tests.stored import asked

async def main(root):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = await Store.open(Home(Path(root)))
    await store.add_queries([asked(1)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
    try:
        await store.add_queries([asked(2).model_copy(update={"answer": str(i) * 9_000}) for i in range(9)])
    except StoreFull as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.add_queries([asked(3)])
    print(sorted(a.id for a in await store.queries()), store.notices)
    store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def fill_the_disk(root: Path) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", FILLER, str(root)]
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout


async def test_a_full_disk_is_told_as_such_and_harms_nothing(home: Home) -> None:
    output = await asyncio.to_thread(fill_the_disk, home.root)
    assert "No space left" in output and "['id1', 'id3'] []" in output
