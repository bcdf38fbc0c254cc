"""What happens when a store was written by another forethought: it is refused, migrated or rebuilt, never misread.

What was computed is computed again; what people entered is carried over from the layout before, row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import StoreTooNew
from store.lance import Table, connect
from store.schema import EMBEDDER_ID, LAYOUTS

if TYPE_CHECKING:
    from store.tables import Store


async def begin(store: Store, layout: int, *, create: bool) -> None:
    """Make a store that was just opened ready: refuse a newer layout, carry over from an older, check the embedder."""
    found = await store.meta_get("schema_version")
    if found is not None and int(found) > layout:
        raise StoreTooNew(store.uri, int(found), layout)
    if not create:
        return
    if found is None:
        await _carry_over(store, layout)
        await store.meta_set("schema_version", str(layout))
    await _same_embedder(store)


async def _carry_over(store: Store, layout: int) -> None:
    """Copy what people entered. If it is cut short, the next opening copies the same rows again, and they stay single."""
    older = [n for n in store.home.layouts() if n < layout]
    if not older:
        return
    uri = store.home.tables(older[-1])
    connection = await connect(uri)
    copied = 0
    for each in LAYOUTS.values():
        if each.precious:
            before = Table(connection, each, store.home, uri, store.notices)
            rows = (await before.scan(each.schema().names)).to_pylist()
            await store.table(each.name).upsert(rows)
            copied += len(rows)
    connection.close()
    store.notices.append(
        f"The store has a new layout ({older[-1]} -> {layout}): {copied} recorded entries were carried over, the rest is computed"
        f" again by the next shift. The old one is kept at {uri} and may be deleted."
    )


async def _same_embedder(store: Store) -> None:
    """Vectors of two embedders cannot be compared: another's are dropped, their rows kept and still found by words."""
    found = await store.meta_get("embedder")
    if found == EMBEDDER_ID:
        return
    if found is not None:
        for each in LAYOUTS.values():
            if each.vector:
                await store.table(each.name).clear("vector")
        store.notices.append(
            f"The embedder changed ({found} -> {EMBEDDER_ID}): vectors were dropped and are made again by the next shift."
        )
    await store.meta_set("embedder", EMBEDDER_ID)
