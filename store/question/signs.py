"""Words that are a sign of what a question is after: its aspect, its verb, a place, a rhythm, polarity, opposites.

Tables about language for `gate.py`, general on purpose: a table fitted to one author's questions fails on the next author's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Table = Sequence[tuple[str, re.Pattern[str]]]


def _table(**rules: str) -> Table:
    return tuple((name.replace("_", " "), re.compile(rule, re.IGNORECASE)) for name, rule in rules.items())


ASPECTS = _table(
    who=r"\bwho(se|m)?\b|\b(authors?|owners?|owns|codeowners)\b|\bwhich (team|person|people)\b|\bresponsible for\b",
    when=r"\bwhen (was|were|did|has|have)\b|\bdate of\b|\bhow (long ago|recently)\b",
    why=r"\bwhy\b|\breasons?\b|\bwhat (makes|causes?|caused)\b",
    how_many=r"\bhow (many|often)\b|\bnumber of\b|\bcount\b|\bmost often\b",
    what_it_returns=r"\breturns?\b|\breturned\b|\bcomes back\b|\bgives back\b|\byields?\b",
    what_it_takes=r"\b(arguments?|parameters?|params|args|signature)\b|\bpass(ed)? to\b",
    its_default=r"\bdefaults?\b|\binitial (value|state)\b",
    how_to=r"\bhow (do|can|to|should) (i|we|you|one)?\b",
    how_it_works=r"\bhow (does|is|are)\b.*\b(work|works|implemented|done|handled|built)\b",
    whether=r"^(is|are|does|do|can|has|have|was|were)\b",
)

VERBS = _table(
    add=r"\b(adds?|added|adding|introduc\w+|creat\w+)\b",
    remove=r"\b(remov\w+|delet\w+|dropp?\w*|retir\w+)\b",
    deprecate=r"\bdeprecat\w+\b",
    modify=r"\b(modif\w+|chang(e|es|ed|ing)|touch\w*|edit\w*|updat\w+)\b",
    fix=r"\b(fix\w*|clos(e|es|ed|ing)|resolv(e|es|ed|ing)|repair\w*)\b",
    review=r"\breview\w*\b",
    report=r"\breport\w*\b",
    revert=r"\brevert\w*\b|\broll(ed|s)? back\b",
    rename=r"\brenam\w+\b",
    override=r"\boverrid\w+\b",
)

PLACES = _table(
    production=r"\b(production|prod|live)\b",
    staging=r"\bstaging\b",
    CI=r"\bci\b",
    mobile=r"\b(mobile|ios|android)\b",
)

RHYTHMS = _table(
    nightly=r"\bnight(ly)?\b",
    hourly=r"\bhour(ly)?\b",
    daily=r"\b(daily|every day)\b",
    weekly=r"\b(weekly|every week)\b",
    monthly=r"\b(monthly|every month)\b",
)

_PAIRS = (
    (r"\b(enabl\w+|(turn|switch)(ed|ing|s)? on)\b", r"\b(disabl\w+|(turn|switch)(ed|ing|s)? off|no longer)\b"),
    (r"\b(log ?ins?|logs? in|sign(s|ed)? in|sign ?ins?)\b", r"\b(log ?outs?|logs? out|sign(s|ed)? out|sign ?outs?)\b"),
    (r"\bpush\w*\b", r"\bpop\w*\b"),
    (r"\bopen\w*\b", r"\b(clos\w+|sav(e|es|ed|ing))\b"),
    (r"\bencod\w+\b", r"\bdecod\w+\b"),
    (r"\bencrypt\w*\b", r"\bdecrypt\w*\b"),
    (r"\bserializ\w+\b", r"\bdeserializ\w+\b"),
    (r"\b(sen[dt]s?|sending|publish\w*|emit\w*|produc\w+)\b", r"\b(listen\w*|receiv\w+|subscrib\w+|consum\w+|handl(es?|ed))\b"),
    (r"\b(starts?|started|starting|boots?)\b", r"\b(stops?|stopped|stopping|shut(s|ting)? ?down)\b"),
    (r"\bmount\w*\b", r"\bunmount\w*\b"),
    (r"\block(s|ed|ing)?\b", r"\bunlock\w*\b"),
    (r"\b(up|increas\w+|upgrad\w+|rais(e|es|ed|ing) the)\b", r"\b(down|decreas\w+|downgrad\w+|lower(s|ed|ing)?)\b"),
    (r"\bfirst\b", r"\b(last|latest|newest)\b"),
    (r"\b(least|never|minimum|min|lowest|smallest)\b", r"\b(most|always|maximum|max|highest|largest)\b"),
    (r"\bdiffer\w*\b|\bcompare\b", r"\b(in common|alike|similar\w*)\b"),
    (r"\b(mock\w*|fake\w*|stub\w*|in place of|instead of)\b", r"\breal\b"),
    (r"\bdeploy\w*\b|\bship\w*\b", r"\broll(s|ed|ing)? back\b"),
    (r"\bexport\w*\b", r"\bimport\w*\b"),
    (r"\braises?\b|\bthrows?\b|\bfail\b", r"\bcatch(es)?\b|\bcaught\b"),
    (r"\bbefore\b", r"\bafter\b"),
    (r"\bfix\w*\b|\bclos(ed|es)\b", r"\b(introduc\w+|caus(e|es|ed))\b"),
    (r"\badd(s|ed|ing)?\b", r"\b(remov\w+|delet\w+|drop\w*)\b"),
)  # fmt: skip

OPPOSITES = tuple((re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE)) for one, other in _PAIRS)
"""Pairs of which a question has one end or the other."""

_NEGATED = re.compile(
    r"\b(not(?! found)|never|no longer|without|missing|lack\w*|skips?|skipping|unused|dead code|untested|disabl\w+|"
    r"turn(ed|ing)? off|except)\b|n't\b",
    re.IGNORECASE,
)


def signs_in(text: str, table: Table) -> frozenset[str]:
    """Which signs of a table a text carries."""
    return frozenset(name for name, rule in table if rule.search(text))


def negated(text: str) -> bool:
    """Whether a question asks for what is not."""
    return bool(_NEGATED.search(text))
