"""Notes: what a model hands back about a context, as the schema that it is held to and the models that read it.

Flat on purpose: closed enums, lists of small objects, nothing optional, no free field for advice. Reading them proves their form
alone; whether they are true to the source is `sleep/thinking/verify.py`'s matter.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sleep.thinkers.thinker import Part

About = Literal["intent", "flow", "invariant", "side_effect", "failure", "relation", "gap"]
"""What a fact is about. A gap is something that the source leaves open, shown by the lines that leave it open."""

Verdict = Literal["supported", "unsupported", "unclear"]

M = TypeVar("M", bound=BaseModel)

MOST_FACTS, MOST_QUESTIONS, MOST_QUOTES = 40, 12, 3

Few = Annotated[str, Field(min_length=1, max_length=300)]


class _Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(_Note):
    """Where the source says so: verbatim, with the file and the lines."""

    path: str = Field(max_length=1_000)
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    quote: str = Field(min_length=8, max_length=400)


Quotes = Annotated[tuple[Quote, ...], Field(min_length=1, max_length=MOST_QUOTES)]


class Fact(_Note):
    """One statement about one symbol or file."""

    about: About
    subject: str = Field(max_length=300)
    text: Few
    support: Quotes


class Foreseen(_Note):
    """A question that will come, and its answer."""

    question: str = Field(min_length=8, max_length=200)
    answer: str = Field(min_length=1, max_length=600)
    support: Quotes


class Notes(_Note):
    """A whole reply."""

    facts: tuple[Fact, ...] = Field(default=(), max_length=MOST_FACTS)
    questions: tuple[Foreseen, ...] = Field(default=(), max_length=MOST_QUESTIONS)


class Judged(_Note):
    """What a second reader says of one numbered statement."""

    number: int = Field(ge=0)
    verdict: Verdict


class Judgement(_Note):
    """The second reader's whole reply."""

    verdicts: tuple[Judged, ...] = Field(max_length=MOST_FACTS + MOST_QUESTIONS)


class Compared(_Note):
    """What two statements are to each other."""

    pair: int = Field(ge=1)
    relation: Literal["same", "contradicts", "independent"]


class Worded(_Note):
    """One statement for a group of them."""

    group: int = Field(ge=1)
    text: Few


class Comparison(_Note):
    """The reply about lessons."""

    pairs: tuple[Compared, ...] = Field(max_length=MOST_FACTS)
    groups: tuple[Worded, ...] = Field(max_length=MOST_FACTS)


def read_notes(text: str, part: Part = "all") -> Notes | None:
    """The notes in a reply, as far as they were asked for; None where it is none. A single bad item spoils only itself."""
    data = _json(text)
    if not isinstance(data, dict):
        return None
    facts = [f for raw in _list(data, "facts")[: 2 * MOST_FACTS] if (f := _read(Fact, raw))]
    questions = [q for raw in _list(data, "questions")[: 2 * MOST_QUESTIONS] if (q := _read(Foreseen, raw))]
    return Notes(
        facts=tuple(facts[:MOST_FACTS]) if part != "questions" else (),
        questions=tuple(questions[:MOST_QUESTIONS]) if part != "facts" else (),
    )


def offered(text: str) -> int:
    """How many items a reply holds, good or bad: for the count of what was dropped."""
    data = _json(text)
    return len(_list(data, "facts")) + len(_list(data, "questions")) if isinstance(data, dict) else 0


def read_judgement(text: str) -> Judgement | None:
    """The judgement in a reply; None where it is none."""
    return _read(Judgement, _json(text))


def read_comparison(text: str) -> Comparison | None:
    """What a reply says about lessons; None where it is none."""
    return _read(Comparison, _json(text))


def readable(text: str, part: Part) -> bool:
    """Whether a reply has the form that was asked for."""
    read = {"judge": read_judgement, "lessons": read_comparison}.get(part, read_notes)
    return read(text) is not None


def schema_of(part: Part) -> str:
    """The JSON schema of a reply, always the same bytes."""
    return _SCHEMAS[part]


def _json(text: str) -> Any:
    """The JSON in a text; small local models put it between fences."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _read(model: type[M], raw: Any) -> M | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _many(of: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": of, "description": description}


_QUOTE = _object(
    path=_text("the file, exactly as in the path attribute"),
    first={"type": "integer", "description": "first line of the quote, as numbered"},
    last={"type": "integer", "description": "last line of the quote"},
    quote=_text("8 to 400 characters, copied verbatim from those lines, without the line numbers"),
)
_SUPPORT = _many(_QUOTE, "one to three quotes that together show it")
_FACTS = _many(
    _object(
        about={"type": "string", "enum": list(get_args(About))},
        subject=_text("the symbol or file that it is about, as written in the source"),
        text=_text("one declarative sentence, at most 300 characters"),
        support=_SUPPORT,
    ),
    f"at most {MOST_FACTS}",
)
_QUESTIONS = _many(
    _object(
        question=_text("8 to 200 characters"), answer=_text("declarative, at most 600 characters"), support=_SUPPORT
    ),
    f"at most {MOST_QUESTIONS}",
)
_VERDICTS = _many(
    _object(number={"type": "integer"}, verdict={"type": "string", "enum": list(get_args(Verdict))}), "one each"
)
_COMPARED = _many(
    _object(pair={"type": "integer"}, relation={"type": "string", "enum": ["same", "contradicts", "independent"]}),
    "one each",
)
_WORDED = _many(
    _object(group={"type": "integer"}, text=_text("one sentence, at most 200 characters, in words of the group")),
    "one each",
)
_SHAPES: dict[Part, dict[str, Any]] = {
    "all": _object(facts=_FACTS, questions=_QUESTIONS),
    "facts": _object(facts=_FACTS),
    "questions": _object(questions=_QUESTIONS),
    "judge": _object(verdicts=_VERDICTS),
    "lessons": _object(pairs=_COMPARED, groups=_WORDED),
}
_SCHEMAS: dict[Part, str] = {part: json.dumps(shape, separators=(",", ":")) for part, shape in _SHAPES.items()}
