"""The vocabulary: every word of the design that is stored or sent, as a typed model.

Not here: facts about one file as parsed (`store/source/record.py`), how rows become Arrow (`store/tables.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
"""Layout of the tables. A store with a higher one is refused; a lower one is migrated or rebuilt."""

ANALYSER_VERSION = 2
"""What the readers, resolvers and families compute. A row made by another analyser is not fresh."""

Kind = Literal[
    "explain",
    "where",
    "callers",
    "callees",
    "tests",
    "subclasses",
    "raises",
    "impact",
    "contents",
    "depends",
    "commands",
    "setting",
    "changes",
    "docs",
]
"""What a question wants to know: its family. One module of `store/families/` answers each."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Origin = str
"""`structural`, `model:<id>`, `agent` or `recorded`."""

TIERS = ("individual", "team", "org")
"""Whose something is, nearest first."""

State = Literal["raw", "enriching", "ready", "serving", "stale", "evicted"]


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


class Word(BaseModel):
    """Base of the vocabulary: immutable, and nothing unknown is silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Query(Word):
    """What a question means, as far as it was understood. Equal queries have equal keys.

    `entities` are canonical ids, sorted by the key, not by the asker:
    `path::Qualified.name` a symbol, `path` a file, `folder/` a module, `.` the repo,
    `setting:NAME`, `command:test`, `absent:name` a name that nothing here defines, `text:words` free words.
    """

    kind: Kind
    entities: tuple[str, ...]
    since: str | None = None
    scope: str | None = None
    negated: bool = False

    @property
    def key(self) -> str:
        """The canonical key: kind + entities + window (+ scope, polarity)."""
        parts = [self.kind, "&".join(sorted(self.entities)), self.since or "", self.scope or ""]
        return "|".join(parts) + ("|not" if self.negated else "")


def verbatim(question: str) -> Query:
    """The query of a question that could not be understood: its own words. Only the very same words have the same key."""
    return Query(kind="explain", entities=("text:" + " ".join(question.lower().split()).rstrip(" ?!."),))


class Evidence(Word):
    """One thing that an answer rests on, with the digest that it had.

    kind     subject                         digest
    file     path                            content digest, or "absent"
    span     path::Qualified.name            digest of the symbol's own text, or "absent"
    set      query(argument)                 digest of the result of that structural query
    history  log(path) or log(.)             newest commit that touches it
    clock    ISO time until which it holds   ""
    """

    kind: Literal["file", "span", "set", "history", "clock"]
    subject: str
    digest: str


class Claim(Word):
    """One statement of an answer, in markdown. Lines are written as places (`store/places.py`), never as numbers.

    With `quote`, `text` is the source of that id (a symbol or a file), to be shown as data and cut to the budget by lines.
    """

    text: str
    quote: str = ""
    inferred: bool = False


class Answer(Word):
    """What a family worked out for a query, whether ahead or live.

    `brief` is the answer in one line, for lists of candidates. `confidence` is 1.0 where everything was resolved exactly.
    """

    query: Query
    brief: str
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)


class PreAnswer(Answer):
    """An answer computed before its query came, as it is stored. `key` finds it; `vector` is kept by the table."""

    key: str
    question: str
    origin: Origin = "structural"
    because: str = ""
    created: datetime = Field(default_factory=now)
    analyser: int = ANALYSER_VERSION
    tier: Literal["individual", "team", "org"] = "individual"
    served: int = 0
    cost_seconds: float = 0.0
    quarantined: str = ""
    thought: str = ""
    """The id of the thought (`sleep/thinking/notebook.py`) that a model's answer came from: by it, it can be forgotten."""

    @property
    def variant(self) -> str:
        """What tells two answers to one query apart: what they rest on. Each branch has its own, and both are kept.

        Under a stated key, several questions are stored.
        """
        rests_on = "\n".join(f"{e.kind} {e.subject} {e.digest}" for e in self.evidence)
        asked = "" if self.key == self.query.key else f"\n{self.query.key}"
        return f"{self.key}@{digest_of(rests_on + asked)}"

    @property
    def answer(self) -> Answer:
        return Answer(
            query=self.query, brief=self.brief, claims=self.claims, evidence=self.evidence, confidence=self.confidence
        )


class Fact(Word):
    """One statement on a card, with its evidence; `weight` orders facts when the budget is short."""

    text: str
    evidence: tuple[Evidence, ...]
    weight: float = 1.0
    inferred: bool = False
    thought: str = ""


class Card(Word):
    """The enriched context of one file, module, topic or the whole repo."""

    subject: str
    scope: Literal["file", "module", "topic", "repo"]
    facts: tuple[Fact, ...]
    prose: str = ""
    created: datetime = Field(default_factory=now)
    analyser: int = ANALYSER_VERSION


_OURSELVES = ("eval", "bench", "hook", "brief", "statusline", "resource", "forethought")
"""Clients that are ourselves, by the beginning of their name."""


class Asked(Word):
    """One query that somebody asked, as it is journalled, and what came of it."""

    id: str
    at: datetime = Field(default_factory=now)
    question: str
    query: Query | None
    status: Literal["hit", "computed", "candidates", "miss", "recorded"]
    session: str = ""
    client: str = ""
    useful: bool | None = None
    answer: str | None = None
    sources: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """What `sources` were at the moment of recording: the answer that the sleeper makes of it is pinned to these."""
    stated: str = ""
    """The key of what the asker said it means (`stated_key` in `store/question/gate.py`): another way to a recorded answer."""

    @property
    def ours(self) -> bool:
        """Whether it was we ourselves who asked."""
        return self.client.lower().startswith(_OURSELVES)


ObservationKind = Literal["correction", "preference", "pattern", "failure"]


class Observation(Word):
    """Raw exhaust of work, as it is journalled: what somebody was corrected in, prefers, noticed, or ran into.

    `scope` is where it holds: "repo", "me" (personal: it never leaves the individual tier), or "folder/" or a path. `about` are
    names and paths that it concerns; "lesson:<id>" means that lesson: it helped (a pattern), misled (a failure) or is wrong
    and this holds (a correction); with "trace:<id>", that was said of an answer beside which it stood. `settled` says what
    consolidation made of it; "" while it waits.
    """

    id: str
    at: datetime = Field(default_factory=now)
    text: str
    kind: ObservationKind
    scope: str = "repo"
    about: tuple[str, ...] = ()
    session: str = ""
    client: str = ""
    settled: str = ""


class Revision(Word):
    """What a lesson said before, until when, and why that changed."""

    text: str
    until: datetime
    why: str


class Lesson(Word):
    """What consolidation made of observations: one thing worth knowing for whoever works here.

    `state`: "waiting" (seen once, and not said as a rule: not shown), "active", "retired" (kept for its history, not shown).
    `sessions` are those in which it was seen, which is what recurrence means; `sources` the observations, so that none counts
    twice.
    """

    id: str
    text: str
    kind: ObservationKind
    scope: str = "repo"
    about: tuple[str, ...] = ()
    tier: Literal["individual", "team", "org"] = "individual"
    state: Literal["waiting", "active", "retired"] = "waiting"
    explicit: bool = False
    at: datetime
    first: datetime
    sessions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()
    """Digests of the ways it was said: the same words again prove less than other words."""
    worded: str = ""
    """Whose words the text is where it is nobody's who was there: "model:<id>". What it said before is its history."""
    thought: str = ""
    helpful: int = 0
    harmful: int = 0
    history: tuple[Revision, ...] = ()
    why: str = ""


class Checked(Word):
    """One line of a receipt: what a piece of evidence was when the answer was made, and what it was when it was served."""

    kind: str
    subject: str
    then: str
    now: str
    how: str


class Trace(Word):
    """What happened to one lookup, for whoever evaluates: computed ahead or live, what was checked, where the time went.

    `id` is the result's `trace_id`. `variant` names the stored row that was served, else the first that was found stale.
    `sampled` asks the sleeper to work the answer out again from scratch and compare (`sleep/recheck.py`).
    """

    id: str
    at: datetime = Field(default_factory=now)
    status: str
    speculative: bool = False
    origin: str = ""
    key: str = ""
    variant: str = ""
    checked: tuple[Checked, ...] = ()
    timings_ms: dict[str, float] = {}
    session: str = ""
    client: str = ""
    sampled: bool = False


class Spend(Word):
    """One line of the ledger: what a shift cost asleep, or what a query saved awake (by the assumptions in `store/ledger.py`).

    For a shift: processor seconds, model tokens, dollars, how many queries had been expected and how many of those came.
    For a query: its key and status, whether it had been expected, and the tokens and tool calls that the answer saved.
    """

    id: str
    at: datetime = Field(default_factory=now)
    what: Literal["shift", "query"]
    seconds: float = 0.0
    tokens: int = 0
    usd: float = 0.0
    answers: int = 0
    expected: int = 0
    came: int = 0
    key: str = ""
    status: str = ""
    anticipated: bool = False
    saved_tokens: int = 0
    saved_calls: float = 0.0


def digest_of(text: str | bytes) -> str:
    """The digest used everywhere: the first 128 bits of SHA-256, in hex."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()[:32]


def digest_of_result(items: Iterable[str]) -> str:
    """The digest of a structural query's result. Order counts, because answers are worded in it; how often does not."""
    return digest_of("\n".join(dict.fromkeys(items)))
