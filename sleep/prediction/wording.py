"""The sentence of a predicted query: what a person would have typed to ask for it.

It is what the question is embedded by and shown as. Not here: what a typed question means (`store/question/understand.py`).
"""

from __future__ import annotations

from store.source.record import split_id
from store.words import Kind, Query

_SENTENCES: dict[Kind, str] = {
    "explain": "What does {it} do?",
    "where": "Where is {it} defined?",
    "callers": "Who calls {it}?",
    "callees": "What does {it} call?",
    "tests": "Which tests reach {it}?",
    "subclasses": "What inherits from {it}?",
    "raises": "What can {it} raise?",
    "impact": "What is affected if {it} changes?",
    "contents": "What is in {it}?",
    "depends": "What does {it} depend on?",
    "setting": "Where is {it} read?",
    "changes": "What changed lately in {it}?",
    "docs": "What do the docs say about {it}?",
    "commands": "How do I {it} this project?",
}


def question_of(query: Query) -> str:
    """A natural sentence for a query; equal queries get equal sentences."""
    it = " and ".join(_name(e) for e in query.entities) or "this repository"
    sentence = _SENTENCES[query.kind].format(it=it)
    if query.kind == "commands" and not any(e.startswith("command:") for e in query.entities):
        sentence = "How do I build, run and test this project?"
    if query.since:
        sentence = f"{sentence.removesuffix('?')} since {query.since}?"
    return sentence


def _name(entity: str) -> str:
    for prefix in ("setting:", "command:", "absent:", "text:"):
        if entity.startswith(prefix):
            return entity.removeprefix(prefix)
    if entity == ".":
        return "this repository"
    path, qual = split_id(entity)
    if not qual:
        return f"the module {path}" if path.endswith("/") else path
    return qual.split("#", 1)[0]
