"""A damaged store: what can be read is saved, what cannot is set aside, and it goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store.home import Home
from store.tables import Store
from store.words import SCHEMA_VERSION
from tests.stored import asked, preanswer, row, vector

pytestmark = pytest.mark.anyio


def newest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda p: (p.stat().st_mtime_ns, p.name))


def first_data(table: Path) -> Path:
    return min(table.glob("data/*.lance"), key=lambda p: p.stat().st_mtime_ns)


def empty_manifest(table: Path) -> None:
    min(table.glob("_versions/*.manifest")).write_bytes(b"")  # the newest: names count down


def garbled_manifest(table: Path) -> None:
    min(table.glob("_versions/*.manifest")).write_bytes(os.urandom(500))


def all_manifests(table: Path) -> None:
    for path in table.glob("_versions/*.manifest"):
        path.write_bytes(b"?")


def no_manifests(table: Path) -> None:
    shutil.rmtree(table / "_versions")


def deleted_data(table: Path) -> None:
    first_data(table).unlink()


def empty_data(table: Path) -> None:
    first_data(table).write_bytes(b"")


def garbled_data(table: Path) -> None:
    path = first_data(table)
    path.write_bytes(os.urandom(path.stat().st_size))


def no_indices(table: Path) -> None:
    for path in table.glob("_indices/*/*"):
        path.write_bytes(b"")


def a_file(table: Path) -> None:
    shutil.rmtree(table)
    table.write_bytes(b"what?")


DAMAGE = [empty_manifest, garbled_manifest, all_manifests, no_manifests, deleted_data, empty_data, garbled_data, a_file]


@pytest.mark.parametrize("harm", DAMAGE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("opened", [True, False], ids=["while open", "before opening"])
async def test_a_damaged_table_is_saved_as_far_as_it_goes_and_goes_on(
    home: Home, harm: Callable[[Path], None], opened: bool
) -> None:
    store = await Store.open(home)
    for part in range(4):
        await store.add_queries([asked(i) for i in range(part * 10, part * 10 + 10)])
    if not opened:
        store.close()
    harm(Path(store.uri) / "queries.lance")
    if not opened:
        store = await Store.open(home)
    kept = await store.queries()
    if harm in (empty_manifest, garbled_manifest, deleted_data, empty_data, garbled_data):
        assert len(kept) == 30
    assert len(store.notices) == 1 and "queries was damaged" in store.notices[0]
    aside = next(home.aside.iterdir())
    assert str(aside) in store.notices[0] and (aside / "notice.txt").read_text().strip() == store.notices[0]
    await store.add_queries([asked(100)])
    assert len(await store.queries()) == len(kept) + 1
    again = await Store.open(home)
    assert len(await again.queries()) == len(kept) + 1 and again.notices == []
    again.close()
    store.close()


async def test_what_only_an_older_version_still_holds_is_fetched_from_there(home: Home) -> None:
    store = await Store.open(home)
    for part in range(4):
        await store.add_queries([asked(i) for i in range(part * 10, part * 10 + 10)])
    await store.optimize()  # one data file for all, and the small ones kept for ten minutes
    table = Path(store.uri) / "queries.lance"
    newest(table, "data/*.lance").write_bytes(b"")
    assert len(await store.queries()) == 40
    store.close()


async def test_a_lost_full_text_index_is_made_again(store: Store) -> None:
    await store.put_preanswers([(preanswer(n, f"who calls parse_{n}"), vector(1)) for n in ("config", "cookie")])
    await store.optimize()
    no_indices(Path(store.uri) / "preanswers.lance")
    fresh = await Store.open(store.home)
    assert (await fresh.nearest_preanswers(None, "cookie", 1))[0][0].question == "who calls parse_cookie"
    fresh.close()


async def test_damage_to_what_is_computed_costs_a_notice_and_no_more(home: Home) -> None:
    store = await Store.open(home)
    await store.put_rows([row("a.py")])
    await store.put_rows([row("b.py")])
    garbled_data(Path(store.uri) / "files.lance")
    assert [r.record.path for r, _ in await store.rows()] == ["b.py"]
    assert "computed again by the next shift" in store.notices[0]
    store.close()


async def test_a_damaged_meta_table_does_not_keep_the_store_from_opening(home: Home) -> None:
    store = await Store.open(home)
    await store.add_queries([asked(1)])
    store.close()
    all_manifests(Path(store.uri) / "meta.lance")
    store = await Store.open(home)
    assert len(await store.queries()) == 1 and await store.meta_get("schema_version") == str(SCHEMA_VERSION)
    store.close()


async def test_a_wrong_call_is_an_error_and_no_damage(store: Store, home: Home) -> None:
    await store.put_rows([row("a.py")])
    with pytest.raises((RuntimeError, ValueError)):
        await store.table("files").scan(["nonsense"])
    assert not home.aside.exists() and len(await store.rows()) == 1
