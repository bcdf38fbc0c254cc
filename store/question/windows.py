"""Time windows in questions: "last week", "since v3.0", "between 2.3 and 2.4", in one canonical spelling that git understands."""

from __future__ import annotations

import re

_NAMED: tuple[tuple[str, str], ...] = (
    (r"\btoday('s)?\b", "midnight"),
    (r"\byesterday('s)?\b", "yesterday"),
    (r"\b(this|past|last) (week|7 days|seven days)\b|\ba week ago\b", "1 week ago"),
    (r"\b(this|past|last) (month|30 days|thirty days)\b|\ba month ago\b", "1 month ago"),
    (r"\b(this|past|last) (year|365 days|12 months|twelve months)\b|\ba year ago\b", "1 year ago"),
)
_COUNTED = re.compile(r"\b(?:last|past|previous)\s+(\d+|two|three|four|five|six|ten)\s+(day|week|month|year|hour)s?\b")
_COMMITS = re.compile(r"\b(?:last|past|previous|newest)\s+(\d+)\s+commits\b")
_AGO = re.compile(r"\b(\d+|two|three|four|five|six|ten)\s+(day|week|month|year|hour)s?\s+ago\b")
_SINCE = re.compile(
    r"\b(?:since|after|as of)\s+(?:version |release )?(v?\d+(?:\.\d+)+|v\d+|\d{4}-\d\d(?:-\d\d)?|\d{4})\b"
)
_BETWEEN = re.compile(r"\b(?:between|from)\s+(v?\d+(?:\.\d+)+)\s+(?:and|to)\s+(v?\d+(?:\.\d+)+)")
_COMPARED = re.compile(r"\b(v?\d+(?:\.\d+)+) compared (?:with|to) (v?\d+(?:\.\d+)+)")
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}


def window_of(text: str) -> str | None:
    """The window of a question or of a `since` field: "1 week ago", "3.0", "2.3..2.4"; None where there is none."""
    text = text.lower()
    if found := _BETWEEN.search(text):
        return f"{_version(found[1])}..{_version(found[2])}"
    if found := _COMPARED.search(text):
        return f"{_version(found[2])}..{_version(found[1])}"
    if found := _SINCE.search(text):
        return _version(found[1])
    if found := _COMMITS.search(text):
        return f"{found[1]} commits"
    if found := _COUNTED.search(text) or _AGO.search(text):
        count = _NUMBERS.get(found[1]) or int(found[1])
        whole = _named(f"last {count} {found[2]}s")
        return whole or f"{count} {found[2]}{'s' if count != 1 else ''} ago"
    return _named(text)


def _named(text: str) -> str | None:
    return next((canonical for rule, canonical in _NAMED if re.search(rule, text)), None)


def _version(text: str) -> str:
    return text.removeprefix("v")
