"""Secrets are cut out of text before it is stored, shown or sent: `redact`. Whole files of them: `looks_secret_file`.

Four ways to know one: the shape of a known issuer's tokens (`store/secret_shapes.py`); a block that calls itself a
private key; the password in a URL; and a random-looking value under a name such as `password` or `api_key`. Names like
`os.environ["TOKEN"]`, placeholders and hashes are left alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from store.secret_shapes import SHAPES


class Span(NamedTuple):
    """A secret, by its place in the UTF-8 bytes of the text."""

    start: int
    end: int
    kind: str


def redact(text: str) -> str:
    """The text with every secret replaced by ‹redacted:kind›. It keeps its number of lines."""
    data = text.encode("utf-8", "surrogatepass")
    found = sorted({*_shaped(data), *_blocks(data), *_in_urls(data), *_named(data)}, key=lambda s: (s.start, -s.end))
    if not found:
        return text
    parts, done = [], 0
    for span in found:
        if span.start < done:  # in an earlier one; what sticks out of it goes too
            done = max(done, span.end)
            continue
        secret = data[span.start : span.end]
        parts += [data[done : span.start], f"‹redacted:{span.kind}›".encode(), b"\n" * secret.count(b"\n")]
        done = span.end
    return b"".join([*parts, data[done:]]).decode("utf-8", "surrogatepass")


_SECRET_NAMES = re.compile(
    r"\.env(?!\.(example|sample|template|dist)$)(\..+)?|\.envrc|.+\.env|\.netrc|_netrc|\.pgpass|\.npmrc|\.pypirc|\.htpasswd"
    r"|\.git-credentials|\.dockercfg|\.vault-token|credentials(\.(json|ya?ml|toml|ini|csv|xml))?|client_secret.*\.json"
    r"|service[-_]?account.*\.json|secrets?\.(json|ya?ml|toml|ini|env|properties|tfvars)|id_(rsa|dsa|ecdsa|ed25519)(_sk)?"
    r"|.+\.(pem|key|p12|pfx|p8|jks|keystore|ppk|kdbx|asc|gpg|ovpn|tfstate|tfvars|mobileprovision|agekey)"
    r"|.*_(rsa|dsa|ecdsa|ed25519)|master\.key|.*\.tfstate\.backup",
    re.IGNORECASE,
)

_SECRET_FOLDERS = {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"}
_PUBLIC = re.compile(r".*\.pub|.*\.(pub|public|cert)\.(pem|asc|key)", re.IGNORECASE)


def looks_secret_file(path: str) -> bool:
    """Whether a file of this name is there to hold secrets, so that it is neither read nor named."""
    where = PurePosixPath(path.replace("\\", "/"))
    if _PUBLIC.fullmatch(where.name):
        return False
    if _SECRET_NAMES.fullmatch(where.name):
        return True
    return not _SECRET_FOLDERS.isdisjoint(where.parts[:-1]) and where.name in {"config", "config.json", "credentials"}


# -- the shapes of known issuers -----------------------------------------------------------------------------------------


def _shaped(data: bytes) -> Iterator[Span]:
    for kind, literal, pattern, back in SHAPES:
        # A search for the literal runs at the speed of memory, and settles nearly all of them.
        at = data.find(literal)
        while at >= 0:
            match = pattern.search(data, max(0, at - back), at + _LONGEST_TOKEN) if back else pattern.match(data, at)
            if match and _varied(match[match.lastindex or 0]):
                yield Span(*match.span(match.lastindex or 0), kind)
            at = data.find(literal, max(at + 1, match.end() if match else 0))


_LONGEST_TOKEN = 200


def _varied(token: bytes) -> bool:
    """Whether a token is more than a placeholder such as AKIAXXXXXXXXXXXXXXXX."""
    tail = token[-16:]
    return len(set(tail)) > 4


# -- private keys --------------------------------------------------------------------------------------------------------

_BEGIN = re.compile(rb"-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d:")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}")
_BODY = re.compile(rb"(?:\\[nr]|[\s\"'+,])*(?:[A-Za-z0-9+/=]{20,}(?:\\[nr]|[\s\"'+,;])*|[\w-]+: [^\n]*\n\s*)*")
_LONGEST_KEY = 20_000


def _blocks(data: bytes) -> Iterator[Span]:
    if b"PRIVATE KEY" not in data and b"PuTTY-User-Key" not in data:
        return
    for match in _BEGIN.finditer(data):
        start = match.end()
        end = data.find(b"-----END", start, start + _LONGEST_KEY) if match[1] else -1
        if end < 0:  # cut short, or without such an end: as far as it looks like a key
            body = _BODY.match(data, start)
            end = body.end() if body else start
        if _BASE64.search(data, start, end):
            yield Span(start, end, "private-key")


# -- passwords in URLs ---------------------------------------------------------------------------------------------------

_URL = re.compile(rb"(?<=://)[^\s:/@\"'`<>{}$]{0,100}:([^\s/@\"'`<>{}]{3,200})@(?=[\w\[*.-])")


def _in_urls(data: bytes) -> Iterator[Span]:
    at = data.find(b"://")
    while at >= 0:
        match = _URL.match(data, at + 3)
        if match and not _PLACEHOLDER.search(match[1].lower()) and match[1].lower() not in _DUMMIES:
            yield Span(*match.span(1), "url-password")
        at = data.find(b"://", at + 3)


_DUMMIES = {
    b"pass", b"password", b"passwd", b"pwd", b"secret", b"token", b"pw", b"user", b"test", b"postgres", b"root", b"guest",
    b"admin", b"mysql", b"redis", b"foo", b"bar", b"xyz", b"abc", b"123", b"1234", b"pass1", b"pass2", b"pass%20pass", b"hunter2",
}  # fmt: skip


# -- values under a telling name -----------------------------------------------------------------------------------------

_KEYS = "api access auth account private signing encryption master service license deploy admin storage webhook"

# Flat, without a group around the keys: so the engine knows by the first letter where none can begin.
_NAME = re.compile(
    "|".join(
        ["passw(?:or)?d|passphrase|pwd|secret|token|credential|authorization|bearer|basic"]
        + [f"{word}[_ .-]?key" for word in _KEYS.split()]
    ).encode()
)

_ASSIGNED = re.compile(
    rb"""[\w.-]{0,40}+(?:"\]|'\]|["'`])?[ \t]*(?:\?:|:=|=>|:|==?|,|->|<-|\||>)?[ \t]*"""
    rb"""(?:(?:str|string|bytes|&str)\s*=\s*)?(?:bearer |basic |token )?"""
    rb"""(?:(?P<quote>["'`])(?P<quoted>[^"'`\n\\]{6,500}+)(?P=quote)|(?P<bare>[A-Za-z0-9+/=_.~!@#$%^&*-]{8,500}+)(?=[\s;,"'`<)]|\Z))""",
    re.IGNORECASE,
)

_PLACEHOLDER = re.compile(
    rb"example|sample|changeme|change[_-]me|your|placeholder|dummy|fake|redacted|xxx|\*\*\*|\.\.\.|<|>|\$\{|\{\{|%\(|%s|\{\w*\}"
    rb"|^\$|env|getenv|todo|insert|replace|1234567|abcdef|undefined|required|optional|default|lorem"
)

_HASH_NAMES = re.compile(
    rb"sha\d*|md5|hash|digest|checksum|integrity|commit|etag|fingerprint|public|csrf_?token_?name|uuid|version"
)


def _named(data: bytes) -> Iterator[Span]:
    lower = data.lower()
    for name in _NAME.finditer(lower):
        match = _ASSIGNED.match(data, name.end())
        if match is None:
            continue
        group = "quoted" if match["quoted"] is not None else "bare"
        start, end = match.span(group)
        before = max(0, name.start() - 30)
        if _HASH_NAMES.search(lower, max(before, lower.rfind(b"\n", before, name.start()) + 1), start):
            continue
        separated = lower[name.end() : start].strip(b" \t") != b""
        if not separated and group == "bare" and name[0] not in (b"bearer", b"basic"):
            continue  # prose: "the token SomethingElse42"
        password = name[0].startswith((b"pass", b"pwd"))
        if _secret_value(data[start:end], quoted=group == "quoted", password=password):
            yield Span(start, end, "password" if password else "credential")


def _secret_value(value: bytes, *, quoted: bool, password: bool) -> bool:
    """Whether a value is random enough, or odd enough for a password, and is neither a placeholder nor a piece of program."""
    low = value.lower()
    if _PLACEHOLDER.search(low) or b" " in value or b"://" in value or value[:1] in b"/.$%@&*#-" or low in _DUMMIES:
        return False
    if _is_program(value) or _is_words(value):
        return False
    letters, digits = bool(re.search(rb"[A-Za-z]", value)), bool(re.search(rb"\d", value))
    if password and quoted:
        return letters and (digits or bool(re.search(rb"[^\w.-]", value))) and len(set(value)) >= 5
    return len(value) >= (12 if quoted else 16) and letters and digits and _entropy(value) >= 3.0


_WORDS = re.compile(rb"(?:[A-Za-z]+[0-9]{0,2}|[0-9]{1,4})(?:[_.:/-]+(?:[A-Za-z]+[0-9]{0,2}|[0-9]{1,4}))*")
_CAMEL = re.compile(rb"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,8}(?![a-z])){1,8}[0-9]{0,2}")


def _is_words(value: bytes) -> bool:
    """An identifier, a dotted name, a date, a path: parts that are words, each with at most a number behind it."""
    if not _WORDS.fullmatch(value):
        return False
    parts = [p for p in re.split(rb"[_.:/-]+", value) if p]
    return all(len(p) <= 4 or bool(_CAMEL.fullmatch(p)) or p.isdigit() for p in parts)


def _is_program(value: bytes) -> bool:
    """A call, an index, an attribute: `get_token(`, `config[`, `self.token1`, `req.headers.x2`."""
    if re.search(rb"[()\[\]{};]|->|::|==|&&|\|\|", value):
        return True
    return bool(re.fullmatch(rb"[A-Za-z_]\w{0,40}(?:\.[A-Za-z_]\w{0,40})+", value))


def _entropy(value: bytes) -> float:
    """Bits per byte, by the frequencies in the value itself."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
