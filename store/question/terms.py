"""Words as they are compared: names split into parts, words cut to their stem, and words of programming English that mean the same.

Rules about language and about code, never about one repository. What is looked up with them: `find.py`, `link.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d{2,}")

STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "for",
        "from",
        "get",
        "gets",
        "got",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "isn",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "ll",
        "me",
        "might",
        "must",
        "my",
        "need",
        "no",
        "not",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "onto",
        "or",
        "our",
        "out",
        "over",
        "own",
        "re",
        "s",
        "same",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "such",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "ve",
        "very",
        "was",
        "way",
        "we",
        "were",
        "what",
        "whats",
        "when",
        "where",
        "wheres",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "don",
        "doesn",
        "didn",
        "aren",
        "won",
        "please",
        "show",
        "tell",
        "explain",
        "describe",
        "give",
        "list",
        "find",
        "me",
        "code",
        "logic",
        "work",
        "works",
        "thing",
        "things",
        "stuff",
        "something",
        "anything",
        "everything",
        "actually",
        "exactly",
        "really",
        "happen",
        "happens",
        "happening",
        "whether",
        "end",
        "ends",
        "ended",
        "vs",
        "via",
        "per",
        "here",
        "any",
        "all",
        "each",
        "other",
        "another",
        "also",
        "like",
        "repo",
        "repository",
        "project",
        "codebase",
        "mean",
        "means",
        "go",
        "goes",
        "put",
        "puts",
        "make",
        "makes",
        "made",
        "come",
        "comes",
        "responsible",
        "implementation",
        "implemented",
        "implement",
        "function",
        "method",
        "class",
        "place",
        "anywhere",
        "somewhere",
        "happen",
    ]
)
"""Words that say nothing about which thing is meant."""

_SHOUTED = frozenset(("AND", "OR", "NOT", "A", "I", "THE", "IS"))

DUNDERS = {
    "__init__": "constructor create initialize",
    "__new__": "constructor create instance",
    "__init_subclass__": "subclass created hook",
    "__call__": "call callable",
    "__bool__": "true false truth boolean",
    "__len__": "length size",
    "__iter__": "iterate loop over",
    "__next__": "iterate next",
    "__contains__": "in membership contains",
    "__getitem__": "index subscript lookup item",
    "__setitem__": "assign item",
    "__delitem__": "delete item",
    "__getattr__": "attribute missing lookup",
    "__setattr__": "assign attribute",
    "__enter__": "context manager with block enter",
    "__exit__": "context manager with block leave exit",
    "__aenter__": "async context manager with block enter",
    "__aexit__": "async context manager with block leave exit",
    "__eq__": "equal compare same",
    "__lt__": "compare order sort",
    "__hash__": "hash",
    "__repr__": "printed shown debug string",
    "__str__": "string text",
    "__getstate__": "pickle serialize state",
    "__setstate__": "pickle deserialize restore state",
    "__reduce__": "pickle",
    "__del__": "garbage collected destroyed",
    "__get__": "descriptor access",
    "__set__": "descriptor assign",
    "__html__": "html escape markup",
}
"""What Python's special methods are for, in words that people ask with."""

_SUFFIXES = (
    ("izations isations ization isation izing ising izer izers ized ised izable ations ating ation ated ators ator ate "
     "ifying ication ition ements ement ments ment ness ally able ible ity ive ence ance ency ancy ent ant ous ful ly", 4),
    ("ings ing ions ion ied ers er ors or ed est al ic ize ise ify", 3),
    ("e", 3),
)  # fmt: skip

_SUFFIXES_BY_LENGTH = tuple((tuple(sorted(s.split(), key=len, reverse=True)), least) for s, least in _SUFFIXES)

_WHOLE = frozenset(
    [
        "header",
        "number",
        "order",
        "parameter",
        "server",
        "error",
        "filter",
        "buffer",
        "character",
        "folder",
        "user",
        "layer",
        "pointer",
        "paper",
        "other",
        "under",
        "after",
        "never",
        "ever",
        "over",
        "string",
        "thing",
        "nothing",
        "king",
        "ring",
        "bring",
        "during",
        "session",
        "version",
        "region",
        "option",
        "action",
        "section",
        "position",
        "function",
        "union",
        "million",
        "signal",
        "local",
        "global",
        "total",
        "final",
        "value",
        "vector",
        "motor",
        "color",
        "float",
        "general",
        "normal",
        "digital",
        "metal",
        "need",
        "feed",
        "seed",
        "speed",
        "embed",
        "red",
        "bed",
        "led",
        "host",
        "cost",
        "status",
        "bus",
        "lambda",
        "bytes",
        "access",
        "process",
        "address",
        "class",
    ]
)
"""Words whose ending only looks like an inflection."""

SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("credential", "auth", "login", "password", "authorization", "authentication", "authenticate"),
    ("remove", "strip", "delete", "drop", "discard", "clear", "erase", "unset"),
    ("lookup", "find", "locate", "search", "discover", "findable", "guess", "detect"),
    ("print", "show", "display", "echo", "output"),
    ("error", "exception", "failure", "fail", "err", "uncaught", "unhandled"),
    ("create", "build", "construct", "make", "generate", "produce", "new"),
    ("change", "modify", "update", "alter", "mutate", "edit", "rewrite"),
    ("check", "validate", "verify", "ensure", "test", "validity"),
    ("send", "dispatch", "transmit", "emit", "post", "deliver"),
    ("read", "load", "parse", "fetch"),
    ("write", "save", "store", "persist", "dump"),
    ("config", "configuration", "setting", "option", "configure", "preference"),
    ("env", "environment", "environ"),
    ("param", "parameter", "argument", "arg", "kwarg"),
    ("init", "initialize", "constructor", "initialise", "setup", "startup"),
    ("dir", "directory", "folder"),
    ("path", "file", "filename"),
    ("merge", "combine", "join", "concat"),
    ("convert", "translate", "transform", "turn", "coerce", "map"),
    ("url", "uri", "link", "address"),
    ("cert", "certificate", "tls", "ssl", "ca"),
    ("response", "reply", "answer"),
    ("request", "req"),
    ("order", "sort", "precedence", "priority"),
    ("default", "fallback"),
    ("size", "length", "limit", "max", "maximum"),
    ("stop", "exit", "quit", "abort", "terminate", "shutdown", "close", "end"),
    ("start", "begin", "launch", "run", "execute"),
    ("call", "invoke"),
    ("function", "callable", "func", "callback", "hook", "handler"),
    ("message", "msg", "text"),
    ("database", "db"),
    ("async", "asynchronous", "coroutine", "await"),
    ("subclass", "inherit", "derive"),
    ("deprecate", "obsolete"),
    ("encode", "serialize", "dump", "marshal"),
    ("decode", "deserialize", "load", "unmarshal"),
    ("log", "logger", "logging", "record"),
    ("host", "hostname", "domain", "origin", "server"),
    ("true", "truthy", "truth", "bool", "boolean", "false"),
    ("directory", "dir"),
    ("http", "https"),
    ("attach", "add", "register", "append", "insert"),
    ("skip", "ignore", "bypass", "exclude"),
    ("command", "cmd", "cli"),
    ("template", "jinja"),
    ("escape", "autoescape", "sanitize"),
    ("retry", "attempt"),
    ("cache", "memoize"),
    ("compress", "gzip", "deflate", "zip"),
    ("thread", "lock", "concurrent"),
    ("temporary", "temp", "tmp"),
    ("version", "release"),
    ("import", "module"),
    ("stream", "chunk", "iterate"),
    ("secret", "key", "sign", "signature"),
    ("format", "render"),
    ("wrap", "decorate", "decorator", "proxy"),
    ("permission", "access", "allow"),
    ("key", "name"),
    ("time", "date", "datetime", "timestamp"),
    ("wait", "timeout", "sleep", "expire"),
    ("previous", "old", "former", "legacy"),
    ("rotate", "fallback"),
    ("loop", "infinite", "recursion", "cycle"),
    ("allow", "permit", "accept", "enable"),
    ("deny", "forbid", "reject", "refuse", "disable", "prevent"),
    ("copy", "clone", "duplicate"),
    ("compare", "equal", "match"),
    ("empty", "blank", "null", "none"),
    ("count", "number", "total"),
    ("user", "username"),
    ("extra", "optional"),
)  # fmt: skip
"""Sets of words that programmers use for the same thing. A hit through one counts less than the word itself."""


def split_name(name: str) -> list[str]:
    """The parts of an identifier or path in lower case: "SecureCookieSession.open_session" -> secure cookie session open session."""
    return [p.lower() for p in _PIECE.findall(name)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its inflection: validate, validates, validation and validator are one."""
    word = _singular(word.lower())
    if len(word) <= 3 or word in _WHOLE:
        return word
    for suffixes, least in _SUFFIXES_BY_LENGTH:
        for suffix in suffixes:
            rest = word[: -len(suffix)]
            if word.endswith(suffix) and len(rest) >= least and any(c in "aeiouy" for c in rest):
                return stem(rest) if suffix in ("ed", "ing") and len(rest) > 5 else _tidy(rest)
    return word[:-2] + "y" if word.endswith("ie") else word


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in _WHOLE:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def _tidy(rest: str) -> str:
    """The same stem whatever was cut off: stripp-ed and strip, registr-ation and register, retri-ed and retry."""
    if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "sl":
        rest = rest[:-1]
    if rest.endswith("i"):
        return rest[:-1] + "y"
    return rest[:-1] if rest.endswith("str") else rest


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in SYNONYMS:
        stems = {stem(w) for w in group}
        for one in stems:
            found.setdefault(one, set()).update(stems - {one})
    return {k: frozenset(v) for k, v in found.items()}


def synonyms(stemmed: str) -> frozenset[str]:
    """Stems that may stand for this one."""
    return _synonyms().get(stemmed, frozenset())


def terms(text: str) -> list[str]:
    """The stems of a text's informative words, names split, in order and without repeats."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text.replace("_", " ")):
        if word.isupper() and len(word) > 1 and word not in _SHOUTED:
            found[stem(word)] = None
            continue
        for part in split_name(word) if not word.islower() else [word]:
            if part not in STOP and len(part) > 1:
                found[stem(part)] = None
    return list(found)


def normalised(question: str) -> str:
    """A question as it is compared exactly: case of plain words, spacing, quotes and closing punctuation do not count."""
    text = re.sub(r"[`\"'“”‘’]", "", question)
    text = re.sub(r"\s+", " ", text).strip().rstrip("?.! ").strip()
    return " ".join(w if _codelike(w) else w.lower() for w in text.split(" "))


def _codelike(word: str) -> bool:
    return "_" in word or "." in word or bool(re.search(r"[a-z][A-Z]|[A-Z]{2}", word))
