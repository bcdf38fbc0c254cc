"""Which sentences of a turn correct the agent or state a rule, so that a later session should know them. Pure, and no model.

Of what people type to an agent hardly one turn in a hundred does (measured on 700 turns of a public project), and a wrong lesson costs
more than a missed one. So a sentence must have one of a few strict forms: what we always do or never do, what the agent must never do,
a note for later, what somebody prefers; or, right after "no" and its like, this and not that. Whether it becomes a lesson is for
consolidation to say (`sleep/consolidate/`).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from sleep.consolidate.generate import OURS

LONGEST = 900
"""Characters of a turn without what was pasted; a longer one is a task with its requirements."""

LONGEST_SENTENCE = 220
MOST = 3
"""Sentences that one turn may teach."""


class Correction(NamedTuple):
    """One sentence worth remembering, without its opening."""

    text: str
    kind: Literal["correction", "preference"]


# -- what is left out ------------------------------------------------------------------------------------------------------

_OURS = re.compile(rf"{OURS.pattern}|\blesson:[0-9a-f]{{6,}}|computed just now from git", re.IGNORECASE)

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)

_PASTED = re.compile(
    r"^\s*(?:>|[{}\[\]<|]|at \S+ ?\(|File \"|E  +|\d{4}-\d\d-\d\d[ T]|\[\w+\]|\d\d:\d\d:\d\d|\$ |--- |\+\+\+ |@@ |diff --git)"
    r"|^\s*(?:\w+ )?(?:[A-Z]\w*(?:Error|Exception|Warning)|error|warning|fatal|info|debug|ERR!|WARN|npm|Traceback)\b.{0,12}[:!]"
    r"|^\s*(?:Traceback|npm (?:ERR|WARN)|ERROR|WARNING|FATAL|FAILED|INFO|DEBUG|exit code)\b"
    r"|(?:\s{4,}|\t)\S|[;{}]\s*$|[\u2190-\u21ff\u2600-\u27bf\u2022\u2500-\u257f\U0001f300-\U0001faff]",
    re.MULTILINE,
)
"""A line that nobody types: quoted, logged, code."""

_SPEC = re.compile(
    r"^#{1,4} |^\s*(?:user story|acceptance criteria|requirements?|ticket)\b", re.IGNORECASE | re.MULTILINE
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.MULTILINE)
_ABBREVIATION = re.compile(r"\b(e\.g|i\.e|etc|vs|cf|approx|resp)\.", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?])[\"')]?\s+(?=\S)|\n+|(?<=[a-z]);\s+")

# -- how a sentence opens --------------------------------------------------------------------------------------------------

_AGAINST = re.compile(
    r"^(?:(?:h+m+|hey|ok|sorry|well|ugh|argh|but|and|oh|wait)[,.!]*\s+)*"
    r"(?:no+\b(?! (?:need|idea|problem|worries|thanks|tests|error))|nope\b|wrong\b|incorrect\b|stop\b|actually\b|again\b|not like this\b"
    r"|(?:that|this|it)(?:'s| is| was)(?: just| still)? (?:wrong|not (?:right|correct|true|how))\b|you(?:'re| are) using\b"
    r"|you (?:used|broke|forgot|misunderstood|keep|cannot|can't|can not|should(?:n't| not)|must(?:n't| not)|are not supposed)\b"
    r"|(?:why|revert) (?:did you|do you|is there|that|this)\b|(?:as )?i (?:already )?(?:told|said)\b)",
    re.IGNORECASE,
)
"""The agent is told that it did wrong."""

_OPENING = re.compile(
    r"^(?:(?:no+|nope|wrong|stop|wait|actually|again|h+m+|hey|ok(?:ay)?|well|sorry|oh|but|and|also|btw|by the way|thanks|please|pls|plz"
    r"|careful|remember(?: that)?|note(?: that)?|one thing|just so you know|fyi|for the future|(?:please )?keep in mind(?: that)?"
    r"|as i (?:already )?said|i (?:already )?(?:told you|said)(?: already| that)*|before you start|that's wrong|this is wrong|incorrect)"
    r"\b[\s,.!:;-]*(?:-+\s+)?)+",
    re.IGNORECASE,
)
"""Words before what is said."""

_NOTE = re.compile(
    r"^(?:(?:ok|please|and|also|but|btw)[, ]+)*(?:remember that|(?:please )?keep in mind|note that|for the future|from now on,?(?! the\b)|in the future,"
    r"|as a rule|next time|just so you know|our convention|in our team|i (?:already )?(?:told you|said)(?: already|:)|as i (?:already )?said,)"
    r"|(?:,|please) (?:from now on|in the future|next time)\b|\bfrom now on\s*[.!]?$",
    re.IGNORECASE,
)
"""It is said for later."""

# -- what a rule looks like ------------------------------------------------------------------------------------------------

_WORK = (
    r"(?:use|touch|edit|change|modify|add|create|commit|push|import|call|run|write|put|delete|remove|mock|log|rewrite|bump|guess|install|hit|reuse|"
    r"squash|merge|rebase|abbreviate|name|say|catch|raise|return|swallow|depend|deploy|force|divide|hard-?code|copy|print|store|share|skip|ship|test|"
    r"format|sort|inherit|throw|pin|vendor|check in|ever|even|rely|build|keep|make|read|load|pass|expose)"
)
"""What agents are told to do or not to do, as a rule. Not: want, have, need, see, know, think."""

_HERE = re.compile(
    r"\b(?:here|everywhere|anywhere|in this (?:repo|repository|project|code ?base)|across the code ?base|like everywhere else)\b",
    re.IGNORECASE,
)

_HABIT = re.compile(
    rf"\bwe (?:always|never|only ever) \w+|\bwe (?:do not|don't|dont|no longer|only) {_WORK}\b"
    rf"|\bwe (?:shouldn't|should not|should never|must never|must not|can't|cannot) {_WORK} (?!it\b|that\b|this\b)"
    r"|\bwe (?:follow|prefer|deploy (?:from|with)|need to support) |\bwe're on [A-Z]\w+|\bwe say\b",
    re.IGNORECASE,
)
_USES = re.compile(
    r"\b(?:we|this project|this repo|this repository|this code ?base) (?:use|uses|do|write|keep|run|have|put|target)s? ",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"\bwe (?:never|don't|do not|always) (?:got|get|had|have|want|need|see|saw|know|knew|care|think|remember|call (?:it|this|that) (?:with|from|twice|any))\b"
    r"|\bwe (?:do|run|use|have|keep) (?:that|this|it|these|those|a|an|the \w+ (?:in|a lot|for))\b|\bany ?more\b.*\bdelete\b",
    re.IGNORECASE,
)

_FORBIDS = re.compile(
    rf"^(?:please |you )*(?:(?:do not|don't|dont|never|(?:must|should|can|could)(?: not|n't|not|'t| never)|cannot"
    rf"|are not (?:supposed|allowed) to|i (?:do not|don't) want you to)(?: ever| again)* {_WORK}\b|never \w+|stop (?!the |it |that |this )\w+ing )",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:it|that|this|them|those|these|anything|everything)\b(?! (?:in|is|are|repo|project|code))|\bthe (?!generated|existing|same|edit)\w+(?: (?:here|now|yet|again|in \w+|for \w+))?"
    r"(?:$|[,.!])",
    re.IGNORECASE,
)
"""Something that is forbidden of one thing at hand."""

_RULES = re.compile(
    r"\b(?:never|ever|always|any|every|all|each|unless|without asking|by hand|directly|by design|generated|vendored|third[- ]party|deprecated"
    r"|convention|instead|before you|because|otherwise|use|it is documented|they|we)\b|, (?!and |then |just )|shell=|\bin (?:commit messages|the docs|tests|scripts/)",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"^(?:please |you (?:should |must |have to )?|make sure (?:that )?(?:you |to )?|only |and |instead of \S+ )*(?:always|prefer|reuse|only (?:ever )?use|use) \w",
    re.IGNORECASE,
)
_OF_WORK = re.compile(
    r"\b(?:run|format|lint|commit|test|tests|type|import|imports|close|pathlib|fixtures?|factories|docs|docstrings?|commits?|branch|branches|logger|logging"
    r"|stdlib|package|packages|decorator|async|await|composition|handlers?|timezone|datetime|database|mocks?)\b",
    re.IGNORECASE,
)
_KINDS = (
    r"(?:unit |integration |public |feature |test |all |any |every |new |merged |markdown |async |field |e2e |snapshot |kotlin |python )*(?:tests?|test files|commits?"
    r"|commit messages|prs|pull requests|branch(?:es)?|functions?|methods?|migrations?|commands|modules?|components|services|handlers|docs"
    r"|docstrings|errors|exceptions|timestamps|dependencies|endpoints|queries|numbers|feature flags|changelog entries|todo comments|imports|secrets"
    r"|classes|constants|fixtures|types|scripts|translations|money|amounts|dates|user ids|logs|releases)"
)
_MUST = re.compile(
    rf"^(?:the )?(?:{_KINDS}|(?:every|each) (?:public |new |test )*(?:function|method|module|component|commit|branch|migration|endpoint|command|pr|test|file|class))\b(?! (?:pass|fail))[^,.]{{0,40}}?\b(?:must(?: not)?|has to|have to(?! \w+ (?:it|this|that))|needs? (?:a|an|to)|can't|cannot|never|always|(?:is|are) (?:only|always|never|raised|named|kept|stored|edited))\b",
    re.IGNORECASE,
)

# -- what corrects ---------------------------------------------------------------------------------------------------------

_CONTRAST = re.compile(
    r"(?:,| but| and|\)|`|;|(?<!\bis)(?<!\bare)(?<!\bdo)(?<!\bdoes)(?<!'s)(?<!\bwas)(?<!\bwere)(?<!\bcan)(?<!\bshould)(?<!\bhas)(?<!\bif)) not (?!yet|now|sure|that|this|it|working|found|there|enough|right|only|so|just|be\b|in (?!\w*/))[`\w.@-]"
    r"|\bnot [^,]{2,40}, (?:it's|but|we|use)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\b(?:instead of|rather than)\b|\bnot\b", re.IGNORECASE)
_FACT = re.compile(
    r"^(?:it|the [\w`'. /-]{1,40}?|that (?!is\b|'s\b)[\w-]+|all [\w-]+|our [\w -]+?|`[^`]+`|[\w./-]+(?: [\w./-]+){0,2}?)"
    r"(?:'s|'re| (?:is|are|lives?|returns?|goes|go|has|have|means|depends?|uses?|targets?|comes? from))\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"^(?:it|this|that|those)(?: is| are| was|'s)(?: just| still)? (?:not|wrong|fine|good)\b(?!.*, (?:it's|but))",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"`[^`]+`|https?://|(?<![\w.])[\w-]*/[\w./*-]+|\b\w+\.(?:py|js|ts|tsx|go|rs|toml|json|ya?ml|md|env|sh|sql|cfg|ini|rb|java|kt|graphql)\b"
    r"|\.env\b|\b\w+\(\)|\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w*|\b[A-Z]{2,}(?:_[A-Z]+)*=\S+|(?<!\w)--?[a-z][\w-]*\b|\b\d[\d.]*\b"
    r"|\b[a-z]+\.[a-z_]+\b",
)
_TOLD = re.compile(
    r"^(?:the|this|our|that)? ?[\w`'./() -]{2,50}? (?:still )?(?:(?:is|are) (?:generated|deprecated|frozen|vendored|third[- ]party|read[- ]only|ignored|built with|called `?\w+[_.]"
    r"|run with|edited)\b|depends? on (?!it|that|this|what|the |are\b|is\b)|has no internet|must be X-)"
    r"|^(?:the )?[\w .]{2,30} (?:is|are|lives?|goes?|go) in(?:to)? `?[\w-]*[./][\w./*-]*\w`?(?:,|$|[.!])|^this (?:project|repo|repository|code ?base) (?:uses|targets|follows) \S+(?: \S+){0,4}$"
    r"|^(?:the )?(?:correct|right) (?:command|name|word|way) is\b|^the default branch is\b|^the word for this is\b",
    re.IGNORECASE,
)
"""A fact about how things are kept here."""

# -- what is only for now, or a task ---------------------------------------------------------------------------------------

_NOW = re.compile(
    r"\b(?:yet|for now|right now|this time|today|tonight|at the moment|just now|for the moment|in this (?:case|loop|session)|this one"
    r"|the (?:second|first|third|last|other|next|previous|old) (?:one|version|option|approach|name|time)|line \d+|lines \d+|above|below|so far"
    r"|it should|should be (?:able|fine)|tomorrow|later|since yesterday|was|were|seems?|looks? like|maybe|probably|i think|let's|lets|the fix|going to|want to"
    r"|not sure|i guess|wonder|turns out|would be|could be|i see|it starts|re: ?#)\b|\bnow\s*[.!]?$|\bit's back\b|\.\.\.?$|#\d|\b(?:issue|option|step|phase|stage|item|chunk) [#\dA-Z]\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"^(?:now |then |so |next |ok |please |great |good |first |just |yes,? )*(?:add|make(?! sure (?:that )?you always)|implement|fix|write|create|build|rename|show|find|remove|delete|"
    r"translate|explain|compare|call|put|move|check|undo|let|try|can|could|would|will|i want (?!you)|i need|we (?:need|want|should(?!n't| not| never)|could|can\b)(?! to support)|look|give|tell"
    r"|update|change|convert|refactor|generate|extract|introduce|replace|improve|extend|list|compute|skip|go|continue|start|open|close|what|why|how|who|where|which|when|is|are|does"
    r"|did|should|if|read|think|see|in the|on the|for the|at the|from the)\b",
    re.IGNORECASE,
)
_LIKING = re.compile(
    r"^i(?:'d| would)? (?:prefer|rather have|don't like it when|don't like when|do not like when|hate (?:it )?when|like it when|want you to always) (?!the|this|that|it\b|if|option|a\b|an\b|to (?:keep|have|see|go))"
    r"|^(?:please )?(?:answer|talk to|write to) me in \w+|^i like (?!it|that|this|those|these|the|how|a|your)\w+.* without\b",
    re.IGNORECASE,
)


def corrections_in(text: str, *, acted: bool = True, stopped: bool = False) -> list[Correction]:
    """What a turn teaches. `acted`: the agent had done something before; `stopped`: the user had made it stop, or refused."""
    if _OURS.search(text) or _SPEC.search(text) or len(_BULLET.findall(text)) > 2:
        return []
    plain = _FENCE.sub("\n", text)
    plain = "\n".join(line for line in plain.splitlines() if not _PASTED.search(line))
    if len(plain) > LONGEST:
        return []
    found: dict[str, Correction] = {}
    wrong = acted and stopped
    for nth, sentence in enumerate(_sentences(plain)):
        told = acted and bool(_AGAINST.match(sentence))
        if (taught := _taught(sentence, acted=acted, against=wrong or told)) is not None:
            found[taught.text] = taught
        wrong = wrong and nth == 0 or told  # what follows "that's wrong" says what is right
    return list(found.values())[:MOST]


def _sentences(text: str) -> list[str]:
    guarded = _ABBREVIATION.sub(lambda m: m[0].replace(".", "\0"), text)
    parts = (part.replace("\0", ".").strip(" \t-–") for part in _END.split(guarded))
    return [part for part in parts if part]


def _taught(sentence: str, *, acted: bool, against: bool) -> Correction | None:
    """The sentence without its opening, if it is worth remembering."""
    if sentence.rstrip("\"') ").endswith("?") or len(sentence) > LONGEST_SENTENCE:
        return None
    said = _OPENING.sub("", sentence).strip()
    if len(re.findall(r"\w+", said)) < 3 or _NOW.search(said) or _VERDICT.match(said):
        return None
    noted = bool(_NOTE.search(sentence))
    liking = bool(_LIKING.search(said))
    if not (liking or _holds(said, noted=noted, acted=acted, against=against)):
        return None
    return Correction(said[0].upper() + said[1:], "preference" if liking else "correction")


def _holds(said: str, *, noted: bool, acted: bool, against: bool) -> bool:
    """Whether it has one of the forms."""
    if _habit(said, against=against) or _forbids(said, noted=noted, against=against) or _MUST.search(said):
        return True
    if _ALWAYS.match(said):
        return noted or _always(said, against=against)
    if _TASK.search(said):
        return False
    return noted or bool(_TOLD.search(said)) or _corrects(said, acted=acted, against=against)


def _habit(said: str, *, against: bool) -> bool:
    """What we do, always or here."""
    if _PASSING.search(said):
        return False
    usual = _USES.search(said) and (_HERE.search(said) or _CONTRAST.search(said) or against)
    return bool(_HABIT.search(said) or usual)


def _forbids(said: str, *, noted: bool, against: bool) -> bool:
    """What must never be done, of more than the one thing at hand."""
    if not _FORBIDS.match(said) or _ONE.search(said):
        return False
    return noted or against or bool(_RULES.search(said)) or bool(re.search(r"\b\w+s\b", said))


def _always(said: str, *, against: bool) -> bool:
    """What must always be done: something of how one works, not of what the program does."""
    if re.search(r"\balways\b|^prefer|^reuse|^only|\beverywhere\b|^please", said, re.IGNORECASE):
        return bool(_OF_WORK.search(said) or _NAMED.search(said))
    return bool(_INSTEAD.search(said)) and (against or bool(_OF_WORK.search(said) or _NAMED.search(said)))


def _corrects(said: str, *, acted: bool, against: bool) -> bool:
    """This and not that, or a name where the agent had another."""
    contrast, fact = bool(_CONTRAST.search(said)), bool(_FACT.match(said))
    named = bool(_NAMED.search(said))
    if not against:
        return acted and fact and contrast and named and len(said.split()) <= 16
    return fact and (contrast or named) or contrast and len(said.split()) <= 14
