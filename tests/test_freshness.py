"""The freshness law, through the public lookup: after any change on disk, the very next answer is right or there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mcp import Client

from server.live import Live
from store.evidence import Sources
from store.home import Home
from store.tables import Store
from store.words import ANALYSER_VERSION, Claim, Evidence, PreAnswer, verbatim
from tests.clients import ask, call, in_memory, run
from tests.conftest import git, write

pytestmark = pytest.mark.anyio

LIB = "def price(item):\n    return item.cost\n"
USER = "from lib import price\n\n\ndef bill(items):\n    return sum(price(i) for i in items)\n"


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The question is answered ahead: once, each test works on a copy."""
    made = tmp_path_factory.mktemp("studied")
    write(made, {"lib.py": LIB, "user.py": USER})
    git(made, "init", "-q", "-b", "main")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "start")
    assert run("sleep", "--repo", str(made)).returncode == 0
    return made


@pytest.fixture
def repo(studied: Path, tmp_path: Path) -> Path:
    return shutil.copytree(studied, tmp_path / "copy")


async def callers(client: Client) -> tuple[str, str]:
    found = await ask(client, "who calls price()")
    return found["status"], found.get("answer", "")


async def test_a_new_caller_in_a_new_file_is_in_the_very_next_answer(repo: Path) -> None:
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        write(repo, {"new/place.py": "from lib import price\n\n\ndef late():\n    return price(1)\n"})
        status, answer = await callers(client)
    assert status == "computed" and "late" in answer and "bill" in answer


async def test_a_caller_that_went_is_not_in_the_next_answer(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        (repo / "user.py").unlink()
        status, answer = await callers(client)
    assert status == "computed" and "bill" not in answer


async def test_a_renamed_caller_is_named_anew(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"user.py": USER.replace("bill", "invoice")})
        _, answer = await callers(client)
    assert "invoice" in answer and "bill" not in answer


async def test_a_renamed_file_is_found_at_its_new_place(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        (repo / "user.py").rename(repo / "customer.py")
        _, answer = await callers(client)
    assert "customer.py" in answer and "user.py" not in answer


async def test_an_edit_elsewhere_leaves_an_answer_fresh_with_the_lines_of_now(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"lib.py": "# one more\n# two more\n" + LIB})
        found = await ask(client, "who calls price()")
    assert found["status"] == "hit" and "lib.py:3-4" in found["answer"]


async def test_what_is_gone_is_said_to_be_gone(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"lib.py": "def cost(item):\n    return 1\n"})
        status, answer = await callers(client)
    assert status != "hit" and "lib.py" not in answer


async def test_changes_made_while_no_server_ran_are_seen(repo: Path) -> None:
    write(repo, {"user.py": USER.replace("bill", "invoice")})
    async with in_memory(repo) as client:
        _, answer = await callers(client)
    assert "invoice" in answer and "bill" not in answer


async def test_a_branch_switched_away_and_back_revives_its_answers(repo: Path) -> None:
    git(repo, "add", "-A")
    git(repo, "checkout", "-q", "-b", "other")
    write(repo, {"user.py": USER.replace("bill", "invoice")})
    git(repo, "commit", "-q", "-am", "renamed")
    git(repo, "checkout", "-q", "main")
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        git(repo, "checkout", "-q", "other")
        status, answer = await callers(client)
        assert status == "computed" and "invoice" in answer
        git(repo, "checkout", "-q", "main")
        status, answer = await callers(client)
    assert status == "hit" and "bill" in answer


async def test_too_many_changes_at_once_are_never_answered_by_a_guess_and_soon_known(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {f"more/m{n}.py": f"from lib import price\n\n\ndef c{n}():\n    price({n})\n" for n in range(90)})
        for _ in range(500):
            status, answer = await callers(client)
            assert status in ("miss", "computed")
            if status == "computed":
                break
        assert "c7" in answer or "89" in answer or "91" in answer
        assert (await ask(client, "who calls price()", about=["lib.py::price"]))["status"] == "computed"


# -- every kind of evidence ------------------------------------------------------------------------------------------------


class Case:
    """A kind of evidence, what makes it untrue, and what makes it true again."""

    def __init__(self, made: Callable[[Sources], Evidence], away: dict[str, str], *, git: bool = False) -> None:
        self.made, self.away, self.git = made, away, git


MORE = {"late.py": "from lib import price\n\n\ndef late():\n    return price(1)\n"}
KINDS = {
    "a file": Case(lambda s: s.file("lib.py"), {"lib.py": LIB + "#\n"}),
    "the absence of a file": Case(lambda s: s.file("tox.ini"), {"tox.ini": "[tox]\n"}),
    "the text of a symbol": Case(lambda s: s.span("lib.py::price"), {"lib.py": LIB.replace("cost", "price")}),
    "the result of a query": Case(lambda s: s.set("sites", "lib.py::price"), MORE),
    "a file that is not there": Case(lambda s: s.set("exists", "late.py"), MORE),
    "the history of a file": Case(lambda s: s.history("lib.py"), {"lib.py": "# 1\n" + LIB}, git=True),
    "the history of all": Case(lambda s: s.history("."), MORE, git=True),
    "what changes together": Case(
        lambda s: s.set("partners", "lib.py"), {"lib.py": "# 1\n" + LIB, "user.py": "# 1\n" + USER}, git=True
    ),
}


async def stored(repo: Path, *evidence: Evidence, **more: object) -> None:
    """Put an answer to "riddle" into the store that rests on this."""
    query = verbatim("riddle")
    values = {"brief": "42", "claims": (Claim(text="42."),), "evidence": evidence, "key": query.key, **more}
    store = await Store.open(Home(repo))
    row = PreAnswer.model_validate({"query": query, "question": "riddle", "origin": "agent", **values})
    await store.put_preanswers([(row, None)])
    store.close()


async def riddle(client: Client) -> str:
    found = await ask(client, "riddle")
    assert (found["status"] == "hit") == (found.get("answer") == "42.")
    return str(found["status"])


@pytest.mark.parametrize("case", KINDS.values(), ids=list(KINDS))
async def test_an_answer_holds_as_long_as_its_evidence_and_again_when_that_is_back(repo: Path, case: Case) -> None:
    live = Live(repo)
    live.refresh()
    await stored(repo, case.made(live.sources))
    before = {p: (repo / p).read_text() if (repo / p).exists() else None for p in case.away}
    async with in_memory(repo) as client:
        assert await riddle(client) == "hit"
        write(repo, {"other.py": "nothing = 1\n"})
        assert await riddle(client) == "hit"
        write(repo, case.away)
        if case.git:
            assert await riddle(client) == "hit"
            git(repo, "add", *case.away)
            git(repo, "commit", "-q", "-m", "more")
        assert await riddle(client) != "hit"
        if case.git:
            git(repo, "reset", "-q", "--hard", "HEAD~1")
        for path, text in before.items():
            if text is None:
                (repo / path).unlink(missing_ok=True)
            else:
                write(repo, {path: text})
        assert await riddle(client) == "hit"


async def test_an_answer_that_holds_until_a_time_is_not_given_after_it(repo: Path) -> None:
    now = datetime.now(UTC)
    for until, expected in ((now + timedelta(days=1), True), (now - timedelta(seconds=1), False)):
        await stored(repo, Evidence(kind="clock", subject=until.isoformat(), digest="until"))
        async with in_memory(repo) as client:
            assert (await riddle(client) == "hit") is expected
        shutil.rmtree(repo / ".forethought")


async def test_an_answer_of_another_analyser_and_one_that_rests_on_nothing_are_not_given(repo: Path) -> None:
    live = Live(repo)
    live.refresh()
    for evidence, analyser in (((live.sources.file("lib.py"),), ANALYSER_VERSION + 1), ((), ANALYSER_VERSION)):
        await stored(repo, *evidence, analyser=analyser)
        async with in_memory(repo) as client:
            assert await riddle(client) != "hit"


# -- every kind of change --------------------------------------------------------------------------------------------------


def atomic_save(repo: Path) -> None:
    write(repo, {"user.py~": USER.replace("bill", "sale")})
    os.replace(repo / "user.py~", repo / "user.py")


def same_size_and_time(repo: Path) -> None:
    was = (repo / "user.py").stat()
    write(repo, {"user.py": USER.replace("bill", "sale")[:-1] + "\n"})
    os.utime(repo / "user.py", ns=(was.st_atime_ns, was.st_mtime_ns - 10**12))


def moved_away(repo: Path) -> None:
    (repo / "user.py").unlink()
    write(repo, {"deep/er/sales.py": USER.replace("bill", "sale")})


def a_folder_in_its_place(repo: Path) -> None:
    (repo / "user.py").unlink()
    write(repo, {"user.py/sales.py": USER.replace("bill", "sale")})


def other_case(repo: Path) -> None:
    (repo / "user.py").rename(repo / "User.py")
    write(repo, {"User.py": USER.replace("bill", "sale")})


CHANGES = (atomic_save, same_size_and_time, moved_away, a_folder_in_its_place, other_case)


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
async def test_a_change_of_any_kind_is_in_the_very_next_answer(repo: Path, change: Callable[[Path], None]) -> None:
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        change(repo)
        status, answer = await callers(client)
        assert status == "computed" and "`sale`" in answer and "`bill`" not in answer
        git(repo, "clean", "-qfd", "-e", ".forethought")
        git(repo, "checkout", "-q", "-f", ".")
        status, answer = await callers(client)
    assert status == "hit" and "`bill`" in answer


async def test_git_putting_hundreds_of_files_in_place_gives_no_stale_answer_on_the_way(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "many")
    write(repo, {f"many/m{n}.py": f"from lib import price\n\n\ndef c{n}():\n    price({n})\n" for n in range(300)})
    git(repo, "add", "-A", "many")
    git(repo, "commit", "-q", "-m", "many")
    git(repo, "checkout", "-q", "main")
    write(repo, {"lib.py": "# 1\n" + LIB})
    git(repo, "commit", "-q", "-am", "one")
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        git(repo, "checkout", "-q", "many")
        assert "301" in await settled(client, 301)
        git(repo, "rebase", "-q", "main")
        assert "301" in await settled(client, 301)
        for n in range(0, 300, 2):
            write(repo, {f"many/m{n}.py": "nothing = 1\n"})
        assert "151" in await settled(client, 151)
        git(repo, "stash", "-q")
        assert "301" in await settled(client, 301)
        git(repo, "checkout", "-q", "main")
        assert "bill" in await settled(client, 1)


async def settled(client: Client, number: int) -> str:
    """The answer, as soon as there is one again; whatever is said before must not be an answer."""
    for _ in range(2_000):
        status, answer = await callers(client)
        if status in ("hit", "computed"):
            assert str(number) in answer or number == 1
            return answer
        assert status == "miss"
    raise AssertionError("never answered again")


# -- what is told about it -------------------------------------------------------------------------------------------------


async def test_a_receipt_tells_of_every_piece_what_it_was_and_is_and_how_that_was_found(repo: Path) -> None:
    async with in_memory(repo) as client:
        fresh = await call(client, "lookup_preanswer", question="who calls price()")
        write(repo, {"user.py": USER.replace("bill", "invoice")})
        computed = await call(client, "lookup_preanswer", question="who calls price()")
    for result, speculative in ((fresh, True), (computed, False)):
        [receipt] = [v for v in (result.meta or {}).values() if isinstance(v, dict) and "checked" in v]
        assert (result.structured_content or {})["speculative"] is speculative
        assert receipt["checked"] and receipt["timings_ms"]["sync"] >= 0
        for piece in receipt["checked"]:
            assert piece["then"] == piece["now"] and piece["how"] and piece["kind"] and piece["subject"]


async def test_a_span_tells_an_answer_made_ahead_from_a_live_one(
    repo: Path, spans: Callable[[], list[dict[str, object]]]
) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"user.py": USER.replace("bill", "invoice")})
        await callers(client)
    ahead, live = (s for s in spans() if "forethought.status" in s)
    assert (ahead["forethought.status"], ahead["forethought.speculative"]) == ("hit", True)
    assert (live["forethought.status"], live["forethought.speculative"]) == ("computed", False)
    for told in (ahead, live):
        assert told["forethought.origin"] == "structural" and told["forethought.trace_id"]
        assert told["forethought.evidence.stale"] == 0 and isinstance(told["forethought.evidence.checked"], int)
        assert {"forethought.ms.sync", "forethought.ms.gate", "forethought.ms.total"} <= told.keys()


@pytest.fixture
def spans() -> Callable[[], list[dict[str, object]]]:
    """The attributes of the spans that ended since; a process has one provider for good."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    kept = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return lambda: [dict(span.attributes or {}) for span in kept.get_finished_spans()]
