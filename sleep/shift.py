"""A shift: one run of the sleeper, from what was journalled and changed to answers that wait for their questions.

    fold -> study -> hear -> consolidate -> distil -> predict -> answer -> recheck (-> deliberate -> think) (-> hand on) -> tidy

Each stage is a file of this folder. What a stage has stored is kept whatever happens to the next one, so a shift that was
stopped is simply repeated. When shifts run is `sleep/schedule.py`; in which process, `sleep/child.py`.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sleep.answer import answer_ahead
from sleep.consolidate.stage import consolidate
from sleep.desk import Desk, Embeds
from sleep.distil import distil
from sleep.fold import fold
from sleep.hand_on import hand_on
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.prediction.learn import count_served, learn
from sleep.prediction.predict import predict
from sleep.prediction.signals import gather
from sleep.prediction.staleness import overtaken
from sleep.progress import Progress, Quiet
from sleep.recheck import recheck
from sleep.reconsider import likened, reconsider
from sleep.report import ShiftReport
from sleep.study import study
from sleep.tidy import fit, tidy, with_room
from sleep.transcripts.take_in import Whose, take_in
from store import way
from store.lease import Lease
from store.noted import LAST_SHIFT
from store.source.tree import Tree
from store.words import Spend, now

if TYPE_CHECKING:
    from sleep.rule import Rule
    from sleep.thinking.thinking import Thinking
    from store.home import Home


async def run_shift(
    home: Home,
    root: Path,
    *,
    pace: Pace | None = None,
    deadline_s: float | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
    embedder: Embeds | None = None,
    reason: str = "",
    thinking: Thinking | None = None,
    transcripts: Whose = "none",
    rule: Rule | None = None,
) -> ShiftReport:
    """Run one shift over the repository at `root`, if no other sleeper works on the store of `home`.

    `pace` comes from whoever wants to be able to stop it; otherwise `deadline_s` alone bounds it. A model is asked only
    with `thinking`, past sessions are read only with `transcripts`, and nothing is handed to another store but by `rule`.

    Raises the errors of the store (`store/errors.py`). A store that another sleeper holds is an outcome, not an error.
    """
    report = ShiftReport(reason=reason)
    began = time.perf_counter()
    lock = home.sleeper_lock()
    if not lock.take():
        report.outcome = "busy"
        return report
    try:
        from store.tables import Store

        store = await Store.open(home)
        pace = pace or Pace(deadline_s=deadline_s, asked_ago=way.asked(home.folder))
        # The lock above is this machine's; where others sleep over the same store, one of all is enough.
        lease = Lease(store, "sleeper", lost=pace.stop) if home.remote else None
        try:
            if lease is not None and not await lease.take():
                report.outcome = "busy"
                return report
            tree = Tree(root)
            desk = Desk(store, embedder or _embedder(), pace, limits or Limits(), progress or Quiet(), report)
            desk = await with_room(desk)
            expected = await _stages(desk, tree, thinking, transcripts, rule)
            if desk.pace.over != "stopped":
                await fit(desk, expected)
            _conclude(desk, tree, time.perf_counter() - began)
            await store.add("ledger", [spend_of(report, home)])
            await store.meta_set(LAST_SHIFT, report.model_dump_json())
        finally:
            if lease is not None:
                await lease.release()
            store.close()
    finally:
        lock.release()
    return report


async def _stages(
    desk: Desk, tree: Tree, thinking: Thinking | None, transcripts: Whose, rule: Rule | None
) -> list[str]:
    """Every stage in its order, but none once the pace says that the shift is over. The keys expected to be asked, best first."""
    expected: list[str] = []
    with desk.stage("fold"):
        asked = await fold(desk)
        await count_served(desk)
    with desk.stage("study"):
        studied = await study(desk, tree)
    if desk.pace.over:
        return expected
    with desk.stage("hear"):
        heard = await take_in(desk, studied.sources, transcripts)
    with desk.stage("consolidate"):
        await consolidate(desk, studied.sources.index)
    with desk.stage("distil"):
        await distil(desk, studied)
    if desk.pace.over:
        return expected
    with desk.stage("predict"):
        asked = await reconsider(desk, studied.sources, asked)
        known = {one.id for one in asked}
        asked += [one for one in heard if one.id not in known]
        signals = gather(studied.sources.index, asked, tree.git, now(), await likened(desk, asked))
        signals = replace(signals, overtaken=await overtaken(desk.store))
        forecast = await learn(desk, signals, tree.git)
        predictions = predict(signals, desk.limits, forecast)
        desk.report.predicted = len(predictions)
        expected = [p.query.key for p in predictions]
    with desk.stage("answer"):
        await answer_ahead(desk, studied.sources, predictions)
    if desk.pace.over:
        return expected
    with desk.stage("recheck"):
        await recheck(desk, tree)
    if thinking is not None and thinking.on:
        from sleep.consolidate.deliberate import deliberate
        from sleep.thinking.think import think

        with desk.stage("deliberate"):
            await deliberate(desk, thinking)
        with desk.stage("think"):
            await think(desk, studied.sources, predictions, asked, thinking)
    if desk.pace.over:
        return expected
    with desk.stage("hand on"):
        await hand_on(desk, rule)
    with desk.stage("tidy"):
        await tidy(desk)
    return expected


def _conclude(desk: Desk, tree: Tree, seconds: float) -> None:
    report = desk.report
    report.conclude(desk.pace.over or "done")
    report.seconds = round(seconds, 3)
    report.cpu_seconds = round(_cpu_seconds(), 3)
    report.paused_seconds = round(desk.pace.paused_seconds, 3)
    report.peak_rss_mb = round(_peak_rss_mb(), 1)
    report.notices += [*desk.store.notices, *tree.git.notes]


def spend_of(report: ShiftReport, home: Home) -> Spend:
    """The shift's line of the ledger. What models cost comes from the bills (`sleep/thinking/budget.py`)."""
    from sleep.thinking.budget import Budget

    billed = Budget(home, Decimal(0)).entries() if report.thinking or report.lessons else []
    ours = [e for e in billed if e.at >= report.started and e.state in ("settled", "dearer", "charged")]
    return Spend(
        id=f"shift-{report.started.isoformat()}", at=report.started, what="shift", seconds=report.cpu_seconds,
        status=report.outcome,
        tokens=sum(e.tokens for e in ours), usd=float(sum((e.usd for e in ours), Decimal(0))), answers=report.answers_computed,
        expected=report.expected, came=report.came,
    )  # fmt: skip


def _cpu_seconds() -> float:
    """Of this process and the workers that it waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _embedder() -> Embeds:
    from store.embed import Embedder

    return Embedder()


def _peak_rss_mb() -> float:
    """The most memory that this process held. Its workers, which read files, hold some 50 MB each on top."""
    try:
        import resource
    except ImportError:  # Windows has no such counter
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)
