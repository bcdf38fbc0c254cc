"""The forms of sentences that correct an agent or state a rule, and of those that only look so. Data only, as patterns.

What follows from them is `corrections.py`. They were made on `tests/data/corrections-dev.jsonl`, and against some 2,600 turns
of four public projects that were typed by others: every form that took ordinary remarks there for rules went. What is left
finds one sentence in some 250 turns. On projects that it had not seen, only about a third of what it found was a rule: most of
the rest is not said as one, and fades in consolidation unless it recurs.
"""

from __future__ import annotations

import re

from sleep.consolidate.generate import OURS as _OURS_ANYWHERE

# -- what is left out ------------------------------------------------------------------------------------------------------

OURS = re.compile(rf"{_OURS_ANYWHERE.pattern}|computed just now from git", re.IGNORECASE)

FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)

PASTED = re.compile(
    r"^\s*(?:>|[{}\[\]<|]|at \S+ ?\(|File \"|E  +|\d{4}-\d\d-\d\d[ T]|\[\w+\]|\d\d:\d\d:\d\d|\$ |--- "
    r"|\+\+\+ |@@ |diff --git)"
    r"|^\s*(?:\w+ )?(?:[A-Z]\w*(?:Error|Exception|Warning)|error|warning|fatal|info|debug|ERR!|WARN|npm"
    r"|Traceback)\b.{0,12}[:!]"
    r"|^\s*(?:Traceback|npm (?:ERR|WARN)|ERROR|WARNING|FATAL|FAILED|INFO|DEBUG|exit code)\b"
    r"|(?:\s{4,}|\t)\S|[;{}]\s*$|[\u2190-\u21ff\u2600-\u27bf\u2022\u2500-\u257f\U0001f300-\U0001faff]",
    re.MULTILINE,
)
"""A line that nobody types: quoted, logged, code."""

SPEC = re.compile(
    r"^#{1,4} |^\s*(?:user story|acceptance criteria|requirements?|ticket)\b", re.IGNORECASE | re.MULTILINE
)
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.MULTILINE)
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|etc|vs|cf|approx|resp)\.", re.IGNORECASE)
END = re.compile(r"(?<=[.!?])[\"')]?\s+(?=\S)|\n+|(?<=[a-z]);\s+")

# -- how a sentence opens --------------------------------------------------------------------------------------------------

AGAINST = re.compile(
    r"^(?:(?:h+m+|hey|ok|sorry|well|ugh|argh|but|and|oh|wait)[,.!]*\s+)*"
    r"(?:no+\b(?! (?:need|idea|problem|worries|thanks|tests|error))|nope\b|wrong\b|incorrect\b|stop\b"
    r"|actually\b|again\b|not like this\b"
    r"|(?:that|this|it)(?:'s| is| was)(?: just| still)? (?:wrong|not (?:right|correct|true|how))\b"
    r"|you(?:'re| are) using\b"
    r"|you (?:used|broke|forgot|misunderstood|keep|cannot|can't|can not|should(?:n't| not)|must(?:n't"
    r"| not)|are not supposed)\b"
    r"|(?:why|revert) (?:did you|do you|is there|that|this)\b|(?:as )?i (?:already )?(?:told|said)\b)",
    re.IGNORECASE,
)
"""The agent is told that it did wrong."""

OPENING = re.compile(
    r"^(?:(?:no+|nope|wrong|stop|wait|actually|again|h+m+|hey|ok(?:ay)?|well|sorry|oh|but|and|also|btw"
    r"|by the way|thanks|please|pls|plz"
    r"|careful|remember(?: that)?|note(?: that)?|one thing|just so you know|fyi|for the future"
    r"|(?:please )?keep in mind(?: that)?"
    r"|as i (?:already )?said|i (?:already )?(?:told you|said)(?: already| that)*|before you start"
    r"|that's wrong|this is wrong|incorrect)"
    r"\b[\s,.!:;-]*(?:-+\s+)?)+",
    re.IGNORECASE,
)
"""Words before what is said."""

NOTE = re.compile(
    r"^(?:(?:ok|please|and|also|but|btw)[, ]+)*(?:remember that|(?:please )?keep in mind|note that"
    r"|for the future|from now on,?(?! the\b)|in the future,"
    r"|as a rule|next time|just so you know|our convention|in our team|i (?:already )?(?:told you"
    r"|said)(?: already|:)|as i (?:already )?said,)"
    r"|(?:,|please) (?:from now on|in the future|next time)\b|\bfrom now on\s*[.!]?$",
    re.IGNORECASE,
)
"""It is said for later."""

# -- what a rule looks like ------------------------------------------------------------------------------------------------

_WORK = (
    r"(?:use|touch|edit|change|modify|add|create|commit|push|import|call|run|write|put|delete|remove|mock"
    r"|log|rewrite|bump|guess|install|hit|reuse|"
    r"squash|merge|rebase|abbreviate|name|say|catch|raise|return|swallow|depend|deploy|force|divide"
    r"|hard-?code|copy|print|store|share|skip|ship|test|"
    r"format|sort|inherit|throw|pin|vendor|check in|ever|even|rely|build|keep|make|read|load|pass|expose)"
)
"""What agents are told to do or not to do, as a rule. Not: want, have, need, see, know, think."""

HERE = re.compile(
    r"\b(?:here|everywhere|anywhere|in this (?:repo|repository|project|code ?base)|across the code ?base"
    r"|like everywhere else)\b",
    re.IGNORECASE,
)

HABIT = re.compile(
    r"(?:^|[,;:.] |\b(?:that|because|so|and|but|as|here|since|project|repo) )we (?:always|never|only ever) "
    r"(?!did\b|had\b|were\b|was\b|wrote\b|got\b|made\b|went\b|thought\b|knew\b|\w+ed\b)\w+"
    rf"|\bwe (?:do not|don't|dont|no longer|only) {_WORK}\b"
    rf"|\bwe (?:shouldn't|should not|should never|must never|must not|can't|cannot) {_WORK} (?!it\b|that\b|this\b)"
    r"|(?:^|[,;:.] |\b(?:that|because|so|and|but) )we (?:follow|prefer|deploy (?:from|with)"
    r"|need to support) |\bwe're on [A-Z]\w+|\bwe say\b",
    re.IGNORECASE,
)
USES = re.compile(
    r"\b(?:we|this project|this repo|this repository|this code ?base) (?:use|uses|do|write|keep|run"
    r"|put|target)s? ",
    re.IGNORECASE,
)
PASSING = re.compile(
    r"\bwe (?:never|don't|do not|always) (?:got|get|had|have|want|need|see|saw|know|knew|care|think"
    r"|remember|call (?:it|this|that) (?:with|from|twice|any))\b"
    r"|\bwe (?:do|run|use|have|keep) (?:that|this|it|these|those|a|an|the \w+ (?:in|a lot|for))\b"
    r"|\bany ?more\b.*\bdelete\b",
    re.IGNORECASE,
)

FORBIDS = re.compile(
    rf"^(?:please |you )*(?:(?:do not|don't|dont|never|(?:must|should|can|could)(?: not|n't|not|'t| never)|cannot"
    rf"|are not (?:supposed|allowed) to|i (?:do not|don't) want you to)(?: ever| again)* {_WORK}\b"
    rf"|never \w+|stop (?!the |it |that |this )\w+ing )",
    re.IGNORECASE,
)
ONE = re.compile(
    r"\b(?:it|that|this|them|those|these|anything|everything)\b(?! (?:in|is|are|repo|project|code))"
    r"|\bthe (?!generated|existing|same|edit)\w+(?: (?:here|now|yet|again|in \w+|for \w+))?"
    r"(?:$|[,.!])",
    re.IGNORECASE,
)
"""Something that is forbidden of one thing at hand."""

RULES = re.compile(
    r"\b(?:never|ever|always|any|every|all|each|unless|without asking|by hand|directly|by design"
    r"|generated|vendored|third[- ]party|deprecated"
    r"|convention|instead|before you|because|otherwise|use|it is documented|they|we)\b|, (?!and |then "
    r"|just )|shell=|\bin (?:commit messages|the docs|tests|scripts/)",
    re.IGNORECASE,
)
ALWAYS = re.compile(
    r"^(?:please |you (?:should |must |have to )?|make sure (?:that )?(?:you |to )?|only |and "
    r"|instead of \S+ )*(?:always|prefer|reuse|only (?:ever )?use|use) \w",
    re.IGNORECASE,
)
OF_WORK = re.compile(
    r"\b(?:run|format|lint|commit|test|tests|type|import|imports|close|pathlib|fixtures?|factories|docs"
    r"|docstrings?|commits?|branch|branches|logger|logging"
    r"|stdlib|package|packages|decorator|async|await|composition|handlers?|timezone|datetime|database|mocks?)\b",
    re.IGNORECASE,
)
_KINDS = (
    r"(?:unit |integration |public |feature |test |all |any |every |new |merged |markdown |async |field "
    r"|e2e |snapshot |kotlin |python )*(?:tests?|test files|commits?"
    r"|commit messages|prs|pull requests|branch(?:es)?|functions?|methods?|migrations?|commands|modules?"
    r"|components|services|handlers|docs"
    r"|docstrings|errors|exceptions|timestamps|dependencies|endpoints|queries|numbers|feature flags"
    r"|changelog entries|todo comments|imports|secrets"
    r"|classes|constants|fixtures|types|scripts|translations|money|amounts|dates|user ids|logs|releases)"
)
MUST = re.compile(
    rf"^(?:the )?(?:{_KINDS}|(?:every|each) (?:public |new |test )*(?:function|method|module|component"
    rf"|commit|branch|migration|endpoint|command|pr|test|file|class))\b(?! (?:pass"
    rf"|fail))[^,.]{{0,40}}?\b(?:must(?: not)?|has to|have to(?! \w+ (?:it|this|that))|needs? (?:a|an|to)"
    rf"|can't|cannot|never|always|(?:is|are) (?:only|always|never|raised|named|kept|stored|edited))\b",
    re.IGNORECASE,
)

SAYS = re.compile(
    r"\b(?:is|are|was|has|have|goes?|runs?|uses?|must|should|can|needs?|lives?|never|always|don't|ask"
    r"|does|do|returns?|put|keep"
    r"|write|add|check)\b",
    re.IGNORECASE,
)
"""A note says something: it has a verb."""

DONT = re.compile(r"\bdont\b", re.IGNORECASE)
USE_NOT = re.compile(r"^((?:only |always )?use) ([^,]{1,60}?),? (?:and )?not ([^,]{1,60})$", re.IGNORECASE)

# -- what corrects ---------------------------------------------------------------------------------------------------------

CONTRAST = re.compile(
    r"(?:,| but| and|\)|`|;"
    r"|(?<!\bis)(?<!\bare)(?<!\bdo)(?<!\bdoes)(?<!'s)(?<!\bwas)(?<!\bwere)(?<!\bcan)(?<!\bshould)(?<!\bhas)(?<!\bif))"
    r" not (?!yet"
    r"|now|sure|that|this|it|working|found|there|enough|right|true|correct|what|how|going|really|only|so"
    r"|just|be\b|in (?!\w*/))[`\w.@-]"
    r"|\bnot (?!true|right|correct|sure|needed|the)[^,]{2,40}, (?:it's|but|use)\b",
    re.IGNORECASE,
)
INSTEAD = re.compile(r"\b(?:instead of|rather than)\b|\bnot\b", re.IGNORECASE)
FACT = re.compile(
    r"^(?!(?:this|that|these|those|here|there|my|your|you|i|we|what|which|who|everything|nothing|something) )"
    r"(?:it|the [\w`'. /-]{1,40}?|that (?!is\b|'s\b)[\w-]+|all [\w-]+|our [\w -]+?|`[^`]+`"
    r"|[\w./-]+(?: [\w./-]+){0,2}?)"
    r"(?:'s|'re| (?:is|are|lives?|returns?|goes|go|has|have|means|depends?|uses?|targets?|comes? from))\b",
    re.IGNORECASE,
)
OF_THE_MOMENT = re.compile(
    r"^(?:i|you|they|these|those|there|here|my|your|what|man|(?:this|that)(?: is|'s| was)) ", re.IGNORECASE
)
"""It speaks of who is talking, or of what is on the screen."""

VERDICT = re.compile(
    r"^(?:it|this|that|those)(?: is| are| was|'s)(?: just| still)? (?:not|wrong|fine|good)\b(?!.*, (?:it's|but))",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"`[^`]+`|https?://|(?<![\w.])[\w-]*/[\w./*-]+|\b\w+\.(?:py|js|ts|tsx|go|rs|toml|json|ya?ml|md|env|sh"
    r"|sql|cfg|ini|rb|java|kt|graphql)\b"
    r"|\.env\b|\b\w+\(\)|\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z]\w+|\b[A-Z][a-z]+[A-Z]\w*"
    r"|\b[A-Z]{2,}(?:_[A-Z]+)*=\S+|(?<!\w)--?[a-z][\w-]*\b|\b\d[\d.]*\b"
    r"|\b[a-z]+\.[a-z_]+\b",
)
TOLD = re.compile(
    r"^(?:the|this|our|that)? ?[\w`'./() -]{2,50}? (?:still )?(?:(?:is|are) (?:generated|deprecated"
    r"|frozen|vendored|third[- ]party|read[- ]only|ignored|built with|called `?\w+[_.]"
    r"|run with|edited)\b|depends? on (?!it|that|this|what|the |are\b|is\b)|has no internet|must be X-)"
    r"|^(?:the )?[\w .]{2,30} (?:is|are|lives?|goes?|go) in(?:to)? `?[\w-]*[./][\w./*-]*\w`?(?:,|$|[.!])"
    r"|^this (?:project|repo|repository|code ?base) (?:uses|targets|follows) \S+(?: \S+){0,4}$"
    r"|^(?:the )?(?:correct|right) (?:command|name|word|way) is\b|^the default branch is\b|^the word for this is\b",
    re.IGNORECASE,
)
"""A fact about how things are kept here."""

# -- what is only for now, or a task ---------------------------------------------------------------------------------------

NOW = re.compile(
    r"\b(?:yet|for now|right now|this time|today|tonight|at the moment|just now|for the moment"
    r"|in this (?:case|loop|session)|this one|any (?:more )?(?:code|commands?|changes?)|over time|i'd like"
    r"|the (?:second|first|third|last|other|next|previous|old) (?:one|version|option|approach|name|time)"
    r"|line \d+|lines \d+|above|below|so far"
    r"|it should|should be (?:able|fine)|tomorrow|later|since yesterday|was|were|seem(?:s|ed)?"
    r"|looks? like|maybe|what we want"
    r"|probably|i think|let's|lets|the fix|going to|want to"
    r"|not sure|i guess|wonder|turns out|would be|could be|i see|it starts|re: ?#)\b|\bnow\s*[.!]?$"
    r"|\bit's back\b|\.\.\.?$|#\d|(?<!\w)(?:/Users/|/home/|/tmp/|/private/|[A-Z]:\\)"
    r"|\b(?:issue|option|step|phase|stage|item|chunk) [#\dA-Z]\b",
    re.IGNORECASE,
)
TASK = re.compile(
    r"^(?:now |then |so |next |ok |please |great |good |first |just |yes,? )*(?:add"
    r"|make(?! sure (?:that )?you always)|implement|fix|write|create|build|rename|show|find|remove|delete|"
    r"translate|explain|compare|call|put|move|check|undo|let|try|can|could|would|will|i want (?!you)"
    r"|i need|we (?:need|want|should(?!n't| not| never)|could|can\b)(?! to support)|look|give|tell"
    r"|update|change|convert|refactor|generate|extract|introduce|replace|improve|extend|list|compute|skip"
    r"|go|continue|start|open|close|what|why|how|who|where|which|when|is|are|does"
    r"|did|should|if|read|think|see|in the|on the|for the|at the|from the)\b",
    re.IGNORECASE,
)
LIKING = re.compile(
    r"^i(?:'d| would)? (?:prefer|rather have|don't like it when|don't like when|do not like when"
    r"|hate (?:it )?when|like it when|want you to always) (?!the|this|that|it\b|if|option|a\b|an\b"
    r"|to (?:keep|have|see|go))"
    r"|^(?:please )?(?:answer|talk to|write to) me in \w+|^i like (?!it|that|this|those|these|the|how|a"
    r"|your)\w+.* without\b",
    re.IGNORECASE,
)
