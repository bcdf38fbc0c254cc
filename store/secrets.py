"""Secrets are cut out of text before it is stored, shown or sent: `redact`. Whole files of them: `looks_secret_file`.

Four ways to know one: the shape of a known issuer's tokens (`store/secret_shapes.py`); a block that calls itself a
private key; the password in a URL or on a command line; and a random-looking value under a name such as `password` or
`api_key` (`store/secret_values.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from store.secret_shapes import SHAPES
from store.secret_values import is_dummy, is_random, named


class Span(NamedTuple):
    """A secret, by its place in the UTF-8 bytes of the text."""

    start: int
    end: int
    kind: str


def redact(text: str) -> str:
    """The text with every secret replaced by ‹redacted:kind›. It keeps its number of lines."""
    data = text.encode("utf-8", "surrogatepass")
    found = sorted(
        {*_shaped(data), *_blocks(data), *_in_urls(data), *_in_commands(data), *_in_names(data)},
        key=lambda s: (s.start, -s.end),
    )
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


# -- passwords in URLs and on command lines ------------------------------------------------------------------------------

_URL = re.compile(rb"(?<=://)(?:[^\s:/@\"'`<>{}$]{0,100}:([^\s/@\"'`<>{}]{3,200})|([\w-]{20,200}))@(?=[\w\[*.-])")

_COMMAND = re.compile(
    rb"(?:\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,60}:|\bsshpass\s+-p\s*[\"']?"
    rb"|\bmysql\w*\s[^\n]{0,200}?\s?-p)([^\s\"'$<{]{6,100})"
)


def _in_urls(data: bytes) -> Iterator[Span]:
    at = data.find(b"://")
    while at >= 0:
        match = _URL.match(data, at + 3)
        if match and (not is_dummy(match[1]) if match[1] else is_random(match[2])):
            yield Span(*match.span(match.lastindex or 0), "url-password")
        at = data.find(b"://", at + 3)


def _in_commands(data: bytes) -> Iterator[Span]:
    if b"curl" in data or b"sshpass" in data or b"mysql" in data:
        for match in _COMMAND.finditer(data):
            if not is_dummy(match[1]):
                yield Span(*match.span(1), "password")


def _in_names(data: bytes) -> Iterator[Span]:
    for start, end, kind in named(data):
        yield Span(start, end, kind)
