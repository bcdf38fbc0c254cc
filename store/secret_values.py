"""Secrets that have no shape of their own: a value is one by the name that it stands under, and by how random it looks.

`os.environ["TOKEN"]`, placeholders, identifiers, paths and hashes are no secrets. What to do about one: `store/secrets.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

_KEYS = "api access auth account private signing encryption master service license deploy admin storage webhook"

_ASSIGN = r"(?=[\"'\]]{0,2} {0,3}(?:[:=]))"

# Flat, without a group around the keys: so the engine knows by the first letter where none can begin.
_NAME = re.compile(
    "|".join(
        ["passw(?:or)?d|passphrase|pwd|secret|token|credential|authorization|bearer|basic"]
        + [f"{word}[_ .-]?key" for word in _KEYS.split()]
        + [f"{word}{_ASSIGN}" for word in ("pass", "auth", "key")]
    ).encode()
)

_VALUE = re.compile(
    rb"""[\w.-]{0,40}+(?:"\]|'\]|["'`])?[ \t]*(?:\?:|:=|=>|:|==?|,|->|<-|\||>)?[ \t]*"""
    rb"""(?:(?:str|string|bytes|&str)\s*=\s*)?(?:bearer |basic |token |!\w+ )?"""
    rb"""(?:[bfru]{0,2}(?P<quote>["'`])(?:bearer |basic |token )?(?P<quoted>[^"'`\n\\]{6,500}+)(?P=quote)"""
    rb"""|(?P<bare>[A-Za-z0-9+/=_.~!@#$%^&*-]{8,500}+)(?=[\s;,"'`<)]|\Z))""",
    re.IGNORECASE,
)

_HASH_NAMES = re.compile(
    rb"sha\d*|md5|hash|digest|checksum|integrity|commit|etag|fingerprint|public|csrf_?token_?name|uuid|version"
)


def named(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Every value under a telling name that is a secret: start, end, kind."""
    lower = data.lower()
    for name in _NAME.finditer(lower):
        match = _VALUE.match(data, name.end())
        if match is None:
            continue
        start, end = match.span("bare" if match["quoted"] is None else "quoted")
        before = max(0, name.start() - 30)
        if _HASH_NAMES.search(lower, max(before, lower.rfind(b"\n", before, name.start()) + 1), start):
            continue
        if _is_secret(name[0], lower[name.end() : start].strip(), data[start:end], quoted=match["quoted"] is not None):
            yield start, end, "password" if name[0].startswith((b"pass", b"pwd")) else "credential"


def _is_secret(name: bytes, between: bytes, value: bytes, *, quoted: bool) -> bool:
    """Whether a value is a secret, given the name, what stands between them, and whether it is a string literal."""
    value = value.rstrip(b"=")
    if b" " in value or b"://" in value or is_dummy(value) or _is_words(value.lstrip(b"./~")):
        return False
    if between == b"," and not quoted:  # the next parameter
        return False
    if name == b"key":  # of a table, a cache, a sort: only what is more than a hash
        return len(value) >= 20 and _classes(value) >= 3 and is_random(value)
    if quoted and len(value) >= 20 and len(re.findall(rb"\d", value)) >= 3 and _entropy(value) >= 4.0:
        return not _CALL.match(value)
    if value[:1] in b"$%@&*#-" or _is_program(value):
        return False
    if quoted or between or name in (b"bearer", b"basic"):
        if name.startswith((b"pass", b"pwd")):
            return len(set(value)) >= 5 and _classes(value) >= (2 if quoted else 3)
        return len(value) >= (12 if quoted else 16) and is_random(value)
    # Without anything between them it may be prose: "the token SomethingElse42".
    return is_random(value) and (_classes(value) >= 3 and len(value) >= 10 or bool(_HEX.fullmatch(value)))


_PLACEHOLDER = re.compile(
    rb"example|sample|changeme|change[_-]me|your|placeholder|dummy|fake|redacted|xxx|\*\*\*|\.\.\.|<|>|\$\{|\{\{|%\(|%s|\{\w*\}"
    rb"|^\$|env|todo|insert|replace|1234567|abcdef|undefined|required|optional|default|lorem|\xe2\x80\xba"
)

_DUMMIES = {
    b"pass", b"password", b"passwd", b"pwd", b"secret", b"token", b"pw", b"user", b"test", b"postgres", b"root", b"guest",
    b"admin", b"mysql", b"redis", b"foo", b"bar", b"xyz", b"abc", b"123", b"1234", b"pass1", b"pass2", b"pass%20pass", b"hunter2",
}  # fmt: skip


def is_dummy(value: bytes) -> bool:
    """Whether a value is what people, or `redact`, write where a secret is not."""
    low = value.lower()
    return low in _DUMMIES or bool(_PLACEHOLDER.search(low))


def is_random(value: bytes) -> bool:
    """Whether a value holds letters and digits without much order."""
    return bool(re.search(rb"[A-Za-z]", value)) and bool(re.search(rb"\d", value)) and _entropy(value) >= 3.0


_HEX = re.compile(rb"[0-9a-f]{32,}")
_CALL = re.compile(rb"[\w.]+[(\[]|[({\[<]")
_PROGRAM = re.compile(rb"[()\[\]{};]|->|::|==|&&|\|\|")
_ATTRIBUTE = re.compile(rb"[A-Za-z_]\w{0,40}(?:\.[A-Za-z_]\w{0,40})+")
_WORDS = re.compile(rb"(?:[A-Za-z]+[0-9]{0,2}|[0-9]{1,4})(?:[_.:/-]+(?:[A-Za-z]+[0-9]{0,2}|[0-9]{1,4}))*")
_CAMEL = re.compile(rb"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,8}(?![a-z])){1,8}[0-9]{0,2}")


def _is_program(value: bytes) -> bool:
    """A call, an index, an attribute: `get_token(`, `config[`, `self.token1`, `req.headers.x2`."""
    return bool(_PROGRAM.search(value) or _ATTRIBUTE.fullmatch(value))


def _is_words(value: bytes) -> bool:
    """An identifier, a dotted name, a date, a path: parts that are words, each with at most a number behind it."""
    if not _WORDS.fullmatch(value):
        return False
    parts = [p for p in re.split(rb"[_.:/-]+", value) if p]
    return all(len(p) <= 4 or bool(_CAMEL.fullmatch(p)) or p.isdigit() for p in parts)


def _classes(value: bytes) -> int:
    """How many of capitals, small letters, digits and signs it holds; at least one letter is taken for granted."""
    return sum(bool(re.search(kind, value)) for kind in (rb"[A-Z]", rb"[a-z]", rb"\d", rb"[^\w.-]"))


def _entropy(value: bytes) -> float:
    """Bits per byte, by the frequencies in the value itself."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
