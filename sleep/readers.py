"""Reading many changed files: inline where they are few, in worker processes where they are many.

What a file says is read by `store/source/read.py`; this only spreads the work. Workers are spawned, never forked
(lancedb does not survive a fork), and end when the shift does, however that ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import wait

import msgspec

from sleep.limits import Limits
from sleep.pace import Pace
from store.source.read import read
from store.source.record import FileRecord

_CHUNK = 8
"""Files that a worker reads at a time: fewer make way sooner, more cost less to hand over."""

Chunk = list[tuple[str, bytes]]


async def read_all(files: Mapping[str, bytes], pace: Pace, limits: Limits) -> AsyncIterator[list[FileRecord]]:
    """The records of the files, some at a time and in no promised order; ends early when the pace says so."""
    if len(files) > limits.pool_above and limits.workers > 1:
        reading = _in_workers(files, pace, limits.workers)
    else:
        reading = _inline(files, pace)
    async for records in reading:
        yield records


async def _inline(files: Mapping[str, bytes], pace: Pace) -> AsyncIterator[list[FileRecord]]:
    for path, data in files.items():
        if not await pace.turn():
            return
        yield [read(path, data)]


async def _in_workers(files: Mapping[str, bytes], pace: Pace, workers: int) -> AsyncIterator[list[FileRecord]]:
    loop = asyncio.get_running_loop()
    chunks = _chunks(files)
    running: set[asyncio.Future[tuple[bytes, float]]] = set()
    with _pool(workers) as pool:
        while True:
            go_on = await pace.turn()
            while go_on and len(running) <= workers and (chunk := next(chunks, None)):
                running.add(loop.run_in_executor(pool, read_chunk, chunk))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                records, seconds = future.result()
                pace.spent(seconds)
                yield _decoder.decode(records)


def _chunks(files: Mapping[str, bytes]) -> Iterator[Chunk]:
    items = iter(files.items())
    while chunk := list(islice(items, _CHUNK)):
        yield chunk


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that import what this one would: nothing from PYTHONPATH or from the folder they start in.

    That is told to them by the environment, which afterwards is as it was.
    """
    before = {name: os.environ.pop(name, None) for name in ("PYTHONPATH", "PYTHONSAFEPATH")}
    os.environ["PYTHONSAFEPATH"] = "1"
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=follow_parent, initargs=(list(sys.path),))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        os.environ.pop("PYTHONSAFEPATH", None)
        os.environ.update({name: value for name, value in before.items() if value is not None})


def follow_parent(path: list[str]) -> None:
    """Set up a worker: the parent's import path, and an end when the parent is gone (a pool's workers would wait for ever)."""
    sys.path[:] = path
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)


_told = 0.0
"""Of a worker: the seconds of the processor that it has told of."""


def read_chunk(chunk: Chunk) -> tuple[bytes, float]:
    """What a worker does: records as msgpack, which crosses the border in a tenth of the time that pickle takes.

    With it, the seconds of the processor that the worker used since it told last.
    """
    global _told
    records = _encoder.encode([read(path, data) for path, data in chunk])
    since, _told = _told, time.process_time()
    return records, _told - since


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[FileRecord])
