"""What a question wants to know: its kind, polarity and scope, from the shape of the sentence alone.

Names in it were replaced by `NAME` before (`mention.py`), so "test_client" is not a question about tests. Time windows:
`windows.py`. Which command is asked for: `topics.py`. What the names mean: `link.py`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.question.topics import NAME, declared_topic, topics_of
from store.question.windows import window_of
from store.words import Kind


class Shape(NamedTuple):
    """What the sentence's form says. `topics` are the commands asked for ("test", "lint"); `why` names the rule."""

    kind: Kind
    why: str
    topics: tuple[str, ...] = ()
    since: str | None = None
    scope: str | None = None
    negated: bool = False
    compares: bool = False
    whole: bool = False
    """About the whole repository."""


_N = NAME
_A = r"( the| a| an)?( \w+)?"
"""What may stand between a verb and the name."""

_USES = (
    "(calls?|calling|invokes?|invoking|uses?|using|references?|referencing|instantiates?|triggers?|consumes?|needs?)"
)
_USED = "(used|called|invoked|referenced|instantiated|needed|constructed)"
_PLACES = "(file|module|package|folder|directory)"
_PLACED = "(defined|declared|located|implemented|kept|live|lives|set|created|built)"
_MEMBERS = (
    "(functions|classes|methods|symbols|constants|members|exceptions|modules|files|attributes|fields|properties|types|structs|"
    "interfaces)"
)
_OF_TYPES = r"(implement(s|ing)?|embed(s|ded|ding)?|satisf(y|ies|ying)|conform(s|ing)? to)"
_TESTS = r"(tests?|test cases?)\b(?! (client|runner|request|suite|command|mode|cli|server|context|app))"

_RULES: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
    ("changes", "asks for commits", (
        r"\b(commits?|committed|git (log|blame|history)|cve|changelog|blame|pull request|merged)\b",
    )),
    ("changes", "asks by whom", (
        r"\bwho (last )?(wrote|changed|added|introduced|touched|modified|edited|removed|broke|authored)\b|\bauthors? of\b",
    )),
    ("changes", "asks when it changed", (
        r"\bwhen (was|were|did|has|have)\b.*\b(add|introduc|chang|modif|remov|touch|deprecat|delet|creat|edit|renam)",
        r"\b(in )?(which|what) (version|release) (was|were|did|added|introduced|removed)",
    )),
    ("changes", "asks what changed", (
        r"\b(what('s| has| have|s)?|anything|which \w+) (was |were |been )?(recently )?(changed|new)\b",
        r"\b(last|latest|recent|newest)( \w+)? (changes?|edits?|modifications?)\b",
        r"\brecently (changed|added|modified|touched)|\b(change )?history of\b",
    )),
    ("docs", "asks for the documents", (
        r"\b(docs?|documentation|readme|manual)\b.*\b(say|says|about|mention|describe|explain|cover|on)\b",
        r"\bdocument(ed|ation)\b|\baccording to the (docs?|readme)|^(docs?|readme)\b|\bdocs?$",
    )),
    ("impact", "asks what a change touches", (
        r"\bif (i|we|you|someone) (\w+ )?(change|remove|rename|delete|modify|break|alter|edit|touch|drop|refactor)",
        r"\b(what|which|who)\b.*\b(breaks?|affected|impacted)\b",
        r"\b(impact|blast radius|consequences?|effects?) of\b|^impact\b|\bimpact$",
        r"\bsafe to (remove|delete|change|rename|modify|drop)|\bhave to (touch|change|update|adapt)",
        r"\b(returned|did|took|accepted|behaved) (something )?different",
        rf"\b(changing|removing|renaming|deleting|modifying){_A} {_N}",
    )),
    ("explain", "asks what it inherits from", (
        rf"\b(does|do|did|is|are){_A} {_N} (inherit|derived?|extend|subclass|descend)\b",
        r"\b(base|parent|super) ?class(es)? of\b",
    )),
    ("subclasses", "asks for subclasses", (
        rf"^(what|which|who|list|find|show|all|any|anything)?( \w+){{0,3}} ?\b{_OF_TYPES}{_A} {_N}",
        rf"^(what|which|list|all) (types|classes|structs) {_OF_TYPES}\b.*{_N}",
        r"\bsub-?class(es)?\b|\b(implementers|implementors)\b",
        rf"^(?!what (does|do|is|are) {_N}).*\b(inherits?|inheriting|derives?|derived|descends?|extend(s|ing)?)( from)?{_A} {_N}",
        rf"\bimplementations? of {_N}(.*\bexist\b|$)",
        rf"\b(overrides?|overridden|overriding|overrides of)( of)?{_A} {_N}|{_N}.*\b(overridden|overrides)\b",
    )),
    ("callees", "asks what it calls", (
        rf"\bwhat (functions?|methods?|else|code)? ?(does|do|is|are){_A} {_N}( \w+)? (calls?|invokes?|uses?|depends? on)\b",
        rf"\bcallees?\b|\b(called|invoked|used|run|executed) (by|inside|within|from inside) {_N}",
        rf"\bwhich \w+ does {_N} (call|invoke|use)\b",
    )),
    ("depends", "asks what it imports", (
        rf"\bwhat (\w+ )?(does|do){_A} {_N}( \w+)? (imports?|depend on|require)",
        rf"\b(imports|dependencies) of {_N}|\bimported by {_N}|^{_N} (imports|dependencies)$",
    )),
    ("callers", "asks who imports it", (
        rf"\b(imports?|importing|importers? of|depends? on|depending on){_A} {_N}|\bwhere is {_N} imported",
    )),
    ("raises", "asks who raises it", (
        rf"\b(raises?|raised|raising|throws?|thrown|throwing|catches|catch|caught|excepts?)\b.*{_N}",
        rf"{_N}.*\b(raised|thrown|caught)\b",
        rf"\bwhen (do|would|will|can|does) (i|we|you|one|a user|somebody) (get|see|hit)( an?)? {_N}",
    )),
    ("raises", "asks what it raises", (
        rf"\b(exceptions?|errors?)\b.*\b(can|could|may|might|does|do|will)\b {_N}.*\b(raise|throw)",
        rf"\bwhat (can|does|do|will|might|could) {_N} (raise|throw)|{_N}.*\braises? (which|what)\b|\bhow can {_N} fail",
    )),
    ("tests", "asks for tests", (
        rf"\b(which|what|show|find|list|any|there|where|see|me|all|the|unit|existing) (\w+ ){{0,3}}{_TESTS}",
        r"\b(tests?|test cases?|coverage) (for|of|that|which|covering|using|prov|reach|exercis|around|about|on)\b",
        r"\btests?$|\b(is|are|was|be)\b.*\b(tested|covered)\b|\b(where|how) (is|are|do)\b.*\b(tested|test$)",
        rf"\btested (by|in|where)|\btest coverage\b|^(tests?|unit tests?) (?!{_N}$)",
    )),
    ("callers", "asks who calls it", (
        r"\b(callers?|call ?sites?|usages?|users?|consumers?) of\b|\bcallers?\b|\bcall ?sites?\b",
        rf"\b(who|what|which|where|list|show|find|anything|anyone|any|does)\b( \w+){{0,5}} {_USES}( \w+)?( \w+)? {_N}",
        rf"\b(where|is|are|how often|anywhere|does)\b.*{_N}( \w+){{0,3}} {_USED}\b",
        rf"{_N}.*\bwhere (is|are) (it|they|that|this) (used|called|invoked)\b",
        rf"\b(usages?|uses|references) (of|to) (the )?(\w+ )?{_N}|^{_N} (usages?|references|uses|used( by| in)?)$",
        rf"\bunused\b.*{_N}|{_N}.*\bunused\b|\bwho (uses|calls|invokes|needs)\b|\bused (anywhere|by)\b",
    )),
    ("contents", "asks what is in it", (
        rf"\bwhat('s| is| are|s)? (inside|in|contained in|defined in|part of) (the )?(\w+ )?({_PLACES} )?{_N}",
        rf"\b(list|show|which|what)( \w+){{0,3}} {_MEMBERS}( \w+){{0,4}} (in|of|inside|on|does|by)( \w+)?( \w+)? {_N}",
        r"\bcontents? of\b|\boverview of\b|\b(structure|outline|layout) of\b|\bpublic api\b|^(overview|outline)\b",
        rf"\bexports? (of|from|in){_A} {_N}|\bwhat (does|do|is|are){_A} {_N}( \w+)? export(s|ed)?\b|^{_N} exports$",
        rf"^(the |all |list |show )*{_MEMBERS} (of|in|on){_A} {_N}|^(\w+ )?{_N} {_MEMBERS}$",
        rf"\bwhat (functions|classes|methods|names) (does|do) {_N}",
    )),
    ("where", "asks for the place", (
        rf"\bwhere('s|s| is| are| was)? (the )?(\w+ )?{_N}( \w+)?( {_PLACED})?$|\bwhere do(es)? {_N} live",
        rf"\b(which|what) file (contains|defines|has|is|holds|declares)\b.*{_N}|\b(which|what) (file|module) (is|does|has) {_N}",
        rf"\b(definition|location|path|declaration) of {_N}",
    )),
)  # fmt: skip

_COMPILED = tuple((kind, why, re.compile("|".join(f"(?:{r})" for r in rules))) for kind, why, rules in _RULES)

WINDOW_ONLY = "has a time window"
"""Why a question is taken to be about changes where nothing else in it says so."""

_NEGATED = re.compile(
    r"^(unused|dead|untested) \w+ in\b|^(?!.*\bhow (do|can|to)\b)(which|list|find|what|show)\b.*"
    r"\b(don'?t|doesn'?t|do not|does not|aren'?t|isn'?t|never|without|lacks?|lacking|missing|except|other than)\b"
)
_COMPARES = re.compile(
    r"\b(differences?|differs?|compared?|comparison|versus|vs\.?|in common|what direction|distinguish|distinction)\b"
)
_LIBRARY = re.compile(
    r"\b(in|inside|within) (the )?(library|package|src|source|production|non-test|main|core)( code| tree| source)?\b"
    r"|\bown (source|code)\b|\bnon-test\b"
)


_REPO = r"(repo|repository|project|code ?base|package|library)"
_WHOLE = re.compile(
    rf"\b(overview|structure|architecture|layout|purpose|summary|tour|outline)\b.*\b(this|the|our) {_REPO}\b"
    rf"|^(an? )?(\w+ )?(overview|architecture|tech(nology)? stack|(project|repo|repository) (structure|layout|overview))$"
    rf"|\btech(nology)? stack\b|^what (does|is) (this|the|our) {_REPO}( do| about| for| is)?$"
    rf"|^(explain|describe|summari[sz]e) (this|the) {_REPO}$"
)


def _sort_of_member(kind: Kind, text: str) -> str | None:
    """Which members of a class are asked for, where it is not all of them."""
    if kind != "contents" or len(sorts := set(re.findall(r"\b(methods|fields|attributes|properties)\b", text))) != 1:
        return None
    return "methods" if "methods" in sorts else "fields"


def shape_of(masked: str, whole: str | None = None) -> Shape:
    """The shape of a question whose names were replaced by NAME; `whole` is the question as it was put. Case does not matter."""
    text = re.sub(r"\s+", " ", masked.lower()).strip().rstrip("?.! ")
    window, scope = window_of(text), "library" if _LIBRARY.search(text) else None
    negated, compares = bool(_NEGATED.search(text)), bool(_COMPARES.search(text))
    if _WHOLE.search(text):
        return Shape("contents", "asks about the whole", (), window, scope, negated, compares, whole=True)
    if topics := topics_of(text) or declared_topic(whole or ""):
        return Shape("commands", f"asks about {' and '.join(topics)}", topics, window, scope, negated, compares)
    for kind, why, rule in _COMPILED:
        if rule.search(text):
            return Shape(kind, why, (), window, _sort_of_member(kind, text) or scope, negated, compares)
    if window:
        return Shape("changes", WINDOW_ONLY, (), window, scope, negated, compares)
    return Shape("explain", "asks what it is", (), None, scope, negated, compares)
