"""What a question wants to know: its kind, time window, polarity and scope, from the shape of the sentence alone.

Names in it were replaced by `NAME` before (`mention.py`), so "test_client" is not a question about tests. What the names mean:
`link.py`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.words import Kind

NAME = "¤"
"""Stands for a name in the sentence, where the rules look at it."""


class Shape(NamedTuple):
    """What the sentence's form says. `topics` are the commands asked for ("test", "lint"); `why` names the rule."""

    kind: Kind
    why: str
    topics: tuple[str, ...] = ()
    since: str | None = None
    scope: str | None = None
    negated: bool = False
    compares: bool = False


_WHO = r"\b(who|what|which|where|list|show|find|anything|anyone|any)\b"

_RULES: tuple[tuple[Kind, str, str], ...] = (
    ("changes", "asks for commits", r"\b(commits?|committed|git (log|blame|history)|cve|changelog|blame|pull request|merged)\b"),
    ("changes", "asks when or by whom", r"\bwho (last )?(wrote|changed|added|introduced|touched|modified|edited|removed|broke|authored)\b|\bauthor of\b"),
    ("changes", "asks when it changed", r"\bwhen (was|were|did|has|have)\b.*\b(add|introduc|chang|modif|remov|touch|deprecat|delet|creat|edit|renam)"),
    ("changes", "asks what changed", r"\b(what('s| has| have|s)?|anything|which \w+) (was |were |been )?(recently )?(changed|new)\b|\b(last|latest|recent|newest)( \w+)? (changes?|edits?|modifications?)\b|\brecently (changed|added|modified|touched)|\b(change )?history of\b"),
    ("docs", "asks for the documents", r"\b(docs?|documentation|readme|manual)\b.*\b(say|says|about|mention|describe|explain|cover|on)\b|\bdocument(ed|ation)\b|\baccording to the (docs?|readme)|^(docs?|readme)\b|\bdocs?$"),
    ("impact", "asks what a change touches", r"\bif (i|we|you|someone) (\w+ )?(change|remove|rename|delete|modify|break|alter|edit|touch|drop|refactor)|\b(what|which|who)\b.*\b(break|breaks|affected|impacted)\b|\b(impact|blast radius|consequences?|effects?) of (changing|removing|renaming|deleting|modifying|a change)|\bimpact of\b|\bsafe to (remove|delete|change|rename|modify|drop)|\bhave to (touch|change|update|adapt)|\b(returned|did|took|accepted|behaved) (something )?different|^impact\b|\bimpact$"),
    ("subclasses", "asks for subclasses", r"\bsub-?class(es)?\b|\b(inherits?|derives?|descends?|inheriting|derived|extends?|extending) (from )?(the )?" + NAME + r"|\bimplementations? of " + NAME + r"\b.*exist|\bimplementations? of " + NAME + r"$|\b(overrides?|overridden|overriding|implementers|implementors)\b"),
    ("callees", "asks what it calls", r"\bwhat (functions?|methods?|else|code)? ?(does|do|is|are) (the )?(\w+ )?" + NAME + r"( \w+)? (calls?|invokes?|uses?|called by|depend on|depends on)\b|\bcallees?\b|\b(called|invoked|used|run|executed) (by|inside|within|from inside) " + NAME + r"|\bwhich \w+ does " + NAME + r" (call|invoke|use)\b|\bwhat (functions?|methods?) does " + NAME),
    ("depends", "asks what it imports", r"\bwhat (\w+ )?(does|do) " + NAME + r"( \w+)? (imports?|depend on|require)|\b(imports|dependencies) of " + NAME + r"|\bimported by " + NAME),
    ("callers", "asks who imports it", r"\b(imports?|importing|importers? of|depends? on|depending on)( the)?( \w+)? " + NAME + r"|\bwhere is " + NAME + r" imported"),
    ("raises", "asks who raises it", r"\b(raises?|raised|raising|throws?|thrown|throwing|catches|catch|caught|excepts?)\b.*" + NAME + r"|" + NAME + r".*\b(raised|thrown|caught)\b|\bwhen (do|would|will|can|does) (i|we|you|one|a user|somebody) (get|see|hit) (an? )?" + NAME),
    ("raises", "asks what it raises", r"\b(exceptions?|errors?)\b.*\b(can|could|may|might|does|do|will)\b " + NAME + r".*\b(raise|throw)|\bwhat (can|does|do|will|might|could) " + NAME + r" (raise|throw)|" + NAME + r".*\braises? (which|what)\b|\bhow can " + NAME + r" fail"),
    ("tests", "asks for tests", r"\b(which|what|show|find|list|any|there|where|see|me|all|the|unit|existing) (\w+ ){0,3}(tests?|test cases?)\b(?! (client|runner|request|suite|command|mode|cli|server|context|app))|\b(tests?|test cases?|coverage) (for|of|that|which|covering|using|prov|reach|exercis|around|about|on)\b|\btests?$|\b(is|are|was|be)\b.*\b(tested|covered)\b|\b(where|how) (is|are|do)\b.*\b(tested|test)\b|\btested (by|in|where)|\btest coverage\b|^(tests?|unit tests?) (?!¤$)"),
    ("callers", "asks who calls it", r"\b(callers?|call ?sites?|usages?|users?|consumers?) of\b|\bcallers?\b|\bcall ?sites?\b|" + _WHO + r"( \w+){0,5} (calls?|calling|invokes?|invoking|uses?|using|references?|referencing|instantiates?|triggers?|consumes?|needs?)( \w+){0,2} " + NAME + r"|\b(where|is|are|how often|anywhere|does)\b.*" + NAME + r"( \w+){0,3} (used|called|invoked|referenced|instantiated|needed|constructed)\b|" + NAME + r".*\bwhere (is|are) (it|they|that|this) (used|called|invoked)\b|\b(usages?|uses|references) (of|to) (the )?(\w+ )?" + NAME + r"|^" + NAME + r" (usages?|references|uses|used( by| in)?)$|\bunused\b.*" + NAME + "|" + NAME + r".*\bunused\b|\bwho (uses|calls|invokes|needs)\b|\bused (anywhere|by)"),
    ("contents", "asks what is in it", r"\bwhat('s| is| are|s)? (inside|in|contained in|defined in|part of) (the )?(\w+ )?(file |module |package |folder |directory )?" + NAME + r"|\b(list|show|which|what)( \w+){0,3} (functions|classes|methods|symbols|constants|members|exceptions|modules|files|attributes)( \w+){0,4} (in|of|inside|on|does|by)( \w+){0,2} " + NAME + r"|\bcontents? of\b|\boverview of\b|\b(structure|outline|layout) of\b|\b(export|exports|public api)\b|^(overview|outline)\b|\bwhat methods does " + NAME),
    ("where", "asks for the place", r"\bwhere('s|s| is| are| was)? (the )?(\w+ )?" + NAME + r"( \w+)?( (defined|declared|located|implemented|kept|live|lives|set|created|built))?$|\bwhere do(es)? " + NAME + r" live|\b(which|what) file (contains|defines|has|is|holds|declares)\b.*" + NAME + r"|\b(definition|location|path|declaration) of " + NAME + r"|\b(in )?(which|what) (file|module) is " + NAME),
)  # fmt: skip

_TOPICS: tuple[tuple[str, str], ...] = (
    ("test", r"\b(run|runs|running|execute|executed|start|launch|invoke)\b.*\btests?\b|\btest (suite|command|runner)\b|\btests? (be )?(run|executed|started)|\bpytest\b|\bhow (do|can|to|should).*\btest (this|the) (repo|project|package|library|code)"),
    ("lint", r"\b(lint|linter|linting|linters|code style|ruff|flake8|pre-?commit|style checks?)\b"),
    ("format", r"\b(code formatter|formatter|auto-?format|black|isort)\b"),
    ("typecheck", r"\btype[- ]?check(s|ed|er|ers|ing)?\b|\bstatic typ(e|ing)( \w+)? (check|analys)\w*|\b(mypy|pyright)\b|\bcheck(ing)? (the )?types\b"),
    ("docs", r"\bbuild(ing|s)? (the )?(docs|documentation)\b|\b(docs|documentation) (be )?built\b|\bsphinx\b.*\b(run|build|command)"),
    ("python", r"\b(lowest|minimum|minimal|oldest|min|supported|which|what|required|highest|newest)\b( \w+){0,3} pythons?\b( versions?)?|\bpython versions?\b|\brequires[-_ ]python\b|\bversions? of python\b|\bpython\b.*\b(supports?|supported|required?|needs?)\b"),
    ("backend", r"\bbuild[- ](backend|system|tool)\b|\bpackag(ed|ing) (with|tool|backend)|\bwhich tool builds\b"),
    ("extras", r"\b(optional )?extras\b|\boptional (dependenc|requirement|package|extra)|\bextras_require\b|\boptional-dependencies\b"),
    ("dependencies", r"\b(third[- ]party|runtime|direct|install|required|core|project|package|dev|development|external|python)? ?(dependencies|requirements)\b(?! of " + NAME + r")|\binstall_requires\b|\bwhat (packages|libraries) (does|do|are)\b.*\b(depend|need|require|install)|\bdepends? on (which|what)|\b(which|what) (\w+ )?(packages|libraries|version of)\b.*\b(depends?|required?|installed|pinned|needs?)\b"),
    ("build", r"\bhow (do|can|to|should|is|are)\b.*\b(build|compile|package)( (the|this|a))?( \w+)? ?(project|repo|package|wheel|distribution|it|sdist)\b|\bbuild command\b|\bbuild (a|the) (wheel|sdist|package|distribution)"),
    ("install", r"\bhow (do|can|to|should)\b.*\b(install|set ?up)( (the|this|a|it|for))?( \w+)? ?(project|repo|package|development|dev|locally|environment|from source|it)?$|\b(dev|development) (setup|environment)\b|\binstall (command|instructions)\b"),
    ("entrypoints", r"\bentry[- ]?points?\b|\bconsole[- _]scripts?\b"),
    ("run", r"\bhow (do|can|to|should) (i |we |you |one )?(run|start|launch|execute)( (the|this))? (cli|app|server|project|program|service|example|it|repo)\b|\bcommand (to|that|for) (run|start)"),
    ("ci", r"\b(ci|continuous integration|github actions?|workflows?)\b.*\b(run|runs|job|jobs|configured|check|checks|test|tests)\b|\bci (config|pipeline|job)"),
    ("release", r"\bhow (do|are|is|to)\b.*\b(release|released|publish|published|deploy|deployed)\b|\brelease process\b"),
    ("version", r"\b(current|package|project|library) version\b|\b(which|what) version is (this|it|the)"),
    ("license", r"\blicen[sc]ed?\b"),
    ("command", r"\b(what|which) command (runs?|builds?|checks?|formats?|starts?|installs?|do|should)\b|\bmakefile targets?\b|\btox (env|environment)s?\b|\bnox sessions?\b"),
)  # fmt: skip

_WINDOWS: tuple[tuple[str, str], ...] = (
    (r"\btoday\b", "midnight"),
    (r"\b(yesterday)\b", "yesterday"),
    (r"\b(this|past|last) (week|7 days|seven days)\b|\bweek ago\b", "1 week ago"),
    (r"\b(this|past|last) (month|30 days|thirty days)\b|\bmonth ago\b", "1 month ago"),
    (r"\b(this|past|last) (year|365 days|12 months)\b|\byear ago\b", "1 year ago"),
)
_COUNTED = re.compile(
    r"\b(?:last|past|previous)\s+(\d+|two|three|four|five|six|ten)\s+(day|week|month|year|hour)s?\b", re.IGNORECASE
)
_SINCE = re.compile(r"\b(?:since|after|as of)\s+(v?\d+(?:\.\d+)+|v\d+|\d{4}-\d\d(?:-\d\d)?|\d{4})\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|from)\s+(v?\d+(?:\.\d+)+)\s+(?:and|to)\s+(v?\d+(?:\.\d+)+)", re.IGNORECASE)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}

_NEGATED = re.compile(
    r"\b(which|list|find|what|show)\b(?!.*\b(do i|happens|if)\b).*\b(don'?t|doesn'?t|do not|does not|aren'?t|isn'?t|not|never|without|lacks?|lacking|missing|except|other than|"
    r"skip|skips|skipping)\b", re.IGNORECASE
)  # fmt: skip
_COMPARES = re.compile(
    r"\b(differences?|differs?|compare[ds]?|comparison|versus|vs\.?|in common|what direction|distinguish)\b", re.IGNORECASE
)
_LIBRARY = re.compile(
    r"\b(in|inside|within) (the )?(library|package|src|source|own|production|non-test|main|core)( code| tree| source)?\b|'s own (source|code)\b|\bin src\b|\bnon-test\b", re.IGNORECASE
)  # fmt: skip
_IN_TESTS = re.compile(r"\b(in|inside|within|by|from) (the |our |any )?(unit )?tests\b", re.IGNORECASE)


def shape_of(masked: str) -> Shape:
    """The shape of a question whose names were replaced by NAME (lower case does not matter)."""
    text = re.sub(r"\s+", " ", masked.lower()).strip().rstrip("?.! ")
    topics = tuple(t for t, rule in _TOPICS if re.search(rule, text))
    since, negated, scope = window_of(text), bool(_NEGATED.search(text)), _scope_of(text)
    rest = {"since": since, "negated": negated, "scope": scope, "compares": bool(_COMPARES.search(text))}
    if topics and (NAME not in text or _asks_command(text)):
        return Shape("commands", f"asks how to {topics[0]}", topics, **rest)  # type: ignore[arg-type]
    for kind, why, rule in _RULES:
        if re.search(rule, text):
            return Shape(kind, why, (), **rest)  # type: ignore[arg-type]
    return Shape("changes" if since else "explain", "has a time window" if since else "asks what it is", (), **rest)  # type: ignore[arg-type]


def _asks_command(text: str) -> bool:
    return bool(re.search(r"\b(what|which) command\b|\bhow (do|can|to|should) (i|we|you)?\b", text))


def window_of(text: str) -> str | None:
    """The time window of a question in git's words: "1 week ago", "v3.0", "v2.3..v2.4"; None where it has none."""
    if found := _BETWEEN.search(text):
        return f"{_version(found[1])}..{_version(found[2])}"
    if found := _SINCE.search(text):
        return _version(found[1])
    if found := _COUNTED.search(text):
        count = _NUMBERS.get(found[1].lower()) or int(found[1])
        for rule, canonical in _WINDOWS:
            if re.search(rule, f"last {count} {found[2].lower()}s"):
                return canonical
        return f"{count} {found[2].lower()}s ago" if count != 1 else f"1 {found[2].lower()} ago"
    return next((canonical for rule, canonical in _WINDOWS if re.search(rule, text, re.IGNORECASE)), None)


def _version(text: str) -> str:
    return text.lower().removeprefix("v") if re.match(r"v?\d+(\.\d+)+$|v\d+$", text, re.IGNORECASE) else text


def _scope_of(text: str) -> str | None:
    if _IN_TESTS.search(text):
        return "tests"
    return "src" if _LIBRARY.search(text) else None
