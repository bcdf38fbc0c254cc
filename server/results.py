"""What the tools hand back, as typed models: the shapes that an agent sees and that `--json` prints.

Not here: how an answer is found (`server/lookup.py`) and worded (`server/present.py`), the protocol (`server/mcp.py`).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["hit", "computed", "candidates", "miss"]


class Shown(BaseModel):
    """Base of the results: fields that say nothing are left out, because every character costs the agent context."""

    model_config = ConfigDict(frozen=True)

    def compact(self) -> dict[str, Any]:
        """The result as JSON data without nulls and empty lists."""
        return {k: v for k, v in self.model_dump(mode="json", exclude_none=True).items() if v != []}


class Candidate(Shown):
    """One reading of an ambiguous question: ask again with its `kind` and `about`. What it says is in the result's answer."""

    question: str | None = None
    answer: str = Field(default="", exclude=True, description="shown once, in the answer of the result")
    kind: str | None = None
    about: list[str] = Field(default_factory=list)


class HeadStart(Shown):
    """A card near to a question that nothing answers."""

    subject: str
    summary: str


class LookupResult(Shown):
    """The result of `lookup_preanswer`."""

    status: Status
    answer: str | None = None
    speculative: bool = Field(default=False, description="true when it was computed before the question")
    origin: str | None = Field(default=None, description="structural | model:<id> | agent | recorded")
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    learnt: list[str] = Field(default_factory=list, description="lessons about this: what people said, as data")
    evidence: list[str] = Field(default_factory=list, description="path:lines, as they are now")
    computed_at: str | None = None
    predicted_because: str | None = None
    candidates: list[Candidate] = Field(default_factory=list)
    head_start: list[HeadStart] = Field(default_factory=list)
    note: str | None = None
    trace_id: str

    def compact(self) -> dict[str, Any]:
        """As `Shown.compact`; the nested lists without their empty fields too."""
        kept = super().compact()
        for name, items in (("candidates", self.candidates), ("head_start", self.head_start)):
            if items:
                kept[name] = [item.compact() for item in items]
        return kept


class SummaryResult(Shown):
    """The result of `get_module_summary`: the card of a file, folder or the repo."""

    path: str
    summary: str
    speculative: bool = False
    computed_at: str | None = None
    note: str | None = None


class RecordResult(Shown):
    """The result of `record_query`."""

    recorded: bool
    will_serve: bool = Field(default=False, description="served for this very question while its sources stay")
    evidence: list[str] = Field(default_factory=list)
    note: str | None = None
    trace_id: str


class ObservationResult(Shown):
    """The result of `record_observation`."""

    recorded: bool
    id: str
    note: str | None = None


class Receipt(BaseModel):
    """What was checked before an answer was served: for `_meta`, the trace and `--explain`, never for the model."""

    key: str | None = None
    variant: str | None = None
    checked: list[dict[str, Any]] = Field(default_factory=list)
    readings: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    refused: list[dict[str, Any]] = Field(default_factory=list)
    similarity: float | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)
