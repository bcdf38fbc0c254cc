"""The journal: an entry that was acknowledged is folded into the tables once, whatever dies in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from store.errors import StoreFull, StoreUnwritable
from store.fold import fold
from store.home import Home
from store.journal import Journal, pending, segments
from store.tables import Store
from store.words import Asked, Card

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.anyio


def asked(name: object, question: str = "q") -> Asked:
    return Asked(id=str(name), question=question, query=None, status="miss")


async def ids(store: Store) -> list[str]:
    return sorted(a.id for a in await store.queries())


def files(home: Home) -> list[str]:
    return sorted(p.name for p in home.journal.iterdir())


def run(program: str, home: Home, **more: object) -> subprocess.Popen[str]:
    """A process of its own that records; `root` and `journal` are there."""
    head = f"""
import os, sys
from pathlib import Path
from store.home import Home
from store.journal import Journal
from store.words import Asked
def asked(name, question="q"):
    return Asked(id=str(name), question=question, query=None, status="miss")
root = Path({str(home.root)!r})
journal = Journal(Home(root))
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", head + program], env=env, stdout=subprocess.PIPE, text=True)


async def test_what_was_recorded_is_folded_and_the_journal_is_empty(store: Store, home: Home) -> None:
    journal = Journal(home)
    entries = [asked(i, "what\nis 'this'? 🦆\u2028") for i in range(10)]
    for entry in entries:
        journal.append(entry)
    journal.close()
    folded = await fold(store)
    assert folded.added == {"queries": 10} and folded.damaged == 0
    assert sorted(await store.queries(), key=lambda a: a.id) == entries
    assert files(home) == ["offsets.json"]


async def test_a_living_process_s_lines_are_folded_once_and_it_goes_on(store: Store, home: Home) -> None:
    journal = Journal(home)
    journal.append(asked(1))
    assert (await fold(store)).added == {"queries": 1}
    assert (await fold(store)).added == {}
    journal.append(asked(2), durable=True)
    assert (await fold(store)).added == {"queries": 1}
    journal.close()
    assert (await fold(store)).added == {}
    assert await ids(store) == ["1", "2"]
    assert files(home) == ["offsets.json"]


async def test_folding_again_after_a_crash_doubles_nothing(store: Store, home: Home) -> None:
    journal = Journal(home)
    for i in range(5):
        journal.append(asked(i))
    journal.close()
    kept = {p: p.read_bytes() for p in home.journal.glob("*.jsonl")}
    await fold(store)
    for path, data in kept.items():  # as if the sleeper had died before it could delete them
        path.write_bytes(data)
    await fold(store)
    assert await ids(store) == ["0", "1", "2", "3", "4"]


async def test_of_two_entries_with_one_id_the_later_counts(store: Store, home: Home) -> None:
    first, second = Journal(home), Journal(home)
    later = asked("x", "later")
    second.append(asked("x", "earlier").model_copy(update={"at": later.at.replace(year=2020)}))
    first.append(later)
    await fold(store)
    assert [a.question for a in await store.queries()] == ["later"]
    first.close()
    second.close()


@pytest.mark.parametrize("after", [1, 7, 40])
async def test_nothing_acknowledged_is_lost_when_its_process_is_killed(store: Store, home: Home, after: int) -> None:
    program = "\ni = 0\nwhile True:\n    journal.append(asked(i, 'q' * 3_000))\n    print(i, flush=True)\n    i += 1\n"
    with run(program, home) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.readlines()
    names = {line.strip() for line in acknowledged if line.endswith("\n")}
    await fold(store)
    stored = {a.id for a in await store.queries(100_000)}
    assert names <= stored and len(stored) <= len(names) + 1
    assert files(home) == ["offsets.json"]


FOLDER = """
import asyncio
from store import fold as folding
from store.tables import Store
from store.repair import place_of

async def main():
    store = await Store.open(Home(root))
    step = sys.argv[1] if len(sys.argv) > 1 else STEP
    if step == "added":      # die after the lines are rows, before the journal knows
        folding.set_aside = lambda *_: os.kill(os.getpid(), 9)
    elif step == "offsets":  # die after the journal knows, before it is cleared away
        folding.remove = lambda *_: os.kill(os.getpid(), 9)
    await folding.fold(store)

asyncio.run(main())
"""


@pytest.mark.parametrize("step", ["added", "offsets"])
async def test_a_sleeper_that_is_killed_while_folding_loses_and_doubles_nothing(
    store: Store, home: Home, step: str
) -> None:
    journal, ended = Journal(home), Journal(home)
    for i in range(4):
        journal.append(asked(f"live{i}"))
        ended.append(asked(f"ended{i}"))
    ended.close()
    with run(f"STEP = {step!r}\n{FOLDER}", home) as sleeper:
        assert sleeper.wait(60) == -signal.SIGKILL
    journal.append(asked("late"))
    await fold(store)
    assert await ids(store) == sorted([*(f"{k}{i}" for k in ("live", "ended") for i in range(4)), "late"])
    journal.close()
    await fold(store)
    assert len(await ids(store)) == 9 and files(home) == ["offsets.json"]


async def test_damaged_lines_are_set_aside_once_and_counted(store: Store, home: Home) -> None:
    journal = Journal(home)
    journal.append(asked(1))
    journal.close()
    segment = next(home.journal.glob("*.jsonl"))
    whole = segment.read_bytes()
    newer = whole.replace(b'"v": 1', b'"v": 99').replace(b'"id": "1"', b'"id": "n"')
    unknown = whole.replace(b'"t": "Asked"', b'"t": "Dream"')
    segment.write_bytes(
        b"\xff\xfe garbage\n" + whole + b"\n\0\0\0\n{}\n[1]\n" + newer + unknown + whole[: len(whole) // 2]
    )
    folded = await fold(store)
    assert await ids(store) == ["1"]
    assert folded.damaged == 6
    aside = (home.journal / "damaged.jsonl").read_bytes()
    assert len(aside.splitlines()) == 6 and b"garbage" in aside and b"Dream" in aside
    segment.write_bytes(b"\xff\xfe garbage\n")
    assert (await fold(store)).damaged == 1
    assert (home.journal / "damaged.jsonl").read_bytes() == aside


async def test_a_last_line_without_its_newline_is_still_a_line(store: Store, home: Home) -> None:
    journal = Journal(home)
    journal.append(asked(1))
    journal.close()
    segment = next(home.journal.glob("*.jsonl"))
    segment.write_bytes(segment.read_bytes().rstrip(b"\n"))
    assert (await fold(store)).added == {"queries": 1}


async def test_lost_offsets_cost_work_and_nothing_else(store: Store, home: Home) -> None:
    journal = Journal(home)
    journal.append(asked(1))
    await fold(store)
    for damage in (b"", b"[]", b'{"x": null}', b"\xff"):
        (home.journal / "offsets.json").write_bytes(damage)
        await fold(store)
    assert await ids(store) == ["1"]
    journal.close()


async def test_a_full_segment_is_closed_and_another_begun(home: Home) -> None:
    journal = Journal(home, segment_bytes=2_000)
    for i in range(30):
        journal.append(asked(i))
    found = list(segments(home.journal))
    assert len(found) > 2 and [s.closed for s in found] == [True] * (len(found) - 1) + [False]
    assert [line.id for s in found for line in s.lines] == [str(i) for i in range(30)]
    assert pending(home.journal) == sum(s.end for s in found)
    journal.close()


async def test_threads_write_whole_lines(home: Home) -> None:
    journal = Journal(home)
    threads = [
        threading.Thread(target=lambda k=k: [journal.append(asked(f"{k}-{i}", "x" * 500)) for i in range(50)])
        for k in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    journal.close()
    (segment,) = segments(home.journal)
    assert len({line.id for line in segment.lines}) == 200 and segment.damaged == []


async def test_entries_without_an_id_of_their_own_are_known_by_their_content(home: Home) -> None:
    journal = Journal(home)
    card = Card(subject=".", scope="repo", facts=())
    journal.append(card)
    journal.append(card)
    journal.append(card.model_copy(update={"subject": "a.py"}))
    journal.close()
    (segment,) = segments(home.journal)
    assert len({line.id for line in segment.lines}) == 2


async def test_half_a_character_does_not_keep_a_question_from_being_recorded(store: Store, home: Home) -> None:
    journal = Journal(home)
    journal.append(asked(1, "what is \ud800 this"))
    journal.close()
    await fold(store)
    assert [a.question for a in await store.queries()] == ["what is ? this"]


async def test_on_a_full_disk_the_caller_is_told_and_earlier_entries_are_whole(store: Store, home: Home) -> None:
    program = """
import resource, signal
from store.errors import StoreFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal.append(asked("before"))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
try:
    journal.append(asked("too much", "q" * 5_000))
except StoreFull as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append(asked("after"))
"""
    with run(program, home) as writer:
        output, _ = writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert "No space left" in output and "not recorded" in output
    assert (await fold(store)).damaged == 0
    assert await ids(store) == ["after", "before"]


async def test_a_journal_that_cannot_be_written_says_so(home: Home) -> None:
    home.journal.rmdir()
    home.journal.write_text("in the way")
    with pytest.raises(StoreUnwritable):
        Journal(home).append(asked(1))
    assert issubclass(StoreFull, OSError)


async def test_recording_imports_no_database(home: Home) -> None:
    program = "\njournal.append(asked(1))\nprint([m for m in ('lancedb', 'pyarrow', 'numpy') if m in sys.modules])\n"
    with run(program, home) as writer:
        output, _ = writer.communicate(timeout=60)
    assert output.strip() == "[]"


async def test_a_line_is_json_that_people_can_read(home: Home) -> None:
    journal = Journal(home)
    journal.append(asked("7", "who calls f?"))
    journal.close()
    line = json.loads(next(home.journal.glob("*.jsonl")).read_text())
    assert (line["t"], line["v"], line["id"], line["body"]["question"]) == ("Asked", 1, "7", "who calls f?")
