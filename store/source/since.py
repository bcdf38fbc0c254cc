"""When "since" is: "yesterday", "3 days" or "2026-01-31" as a moment, given the present one; "40 commits" as a number of them.

Pure, and in the time zone of `now`. A tag or branch is neither: `store/source/revisions.py` resolves those.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "fortnight": 1_209_600}
_UNITS = {
    "s": "second",
    "sec": "second",
    "min": "minute",
    "m": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAD = re.compile(r"^(?:since|after|from|in|within|over|during)?\s*(?:the\s+)?(last|past|previous|this|current)?\s*")
_COMMITS = re.compile(r"^(\d{1,5}|[a-z]+)?\s*commits?(?:\s+ago)?$")

READ = '"2 days", "last week", "yesterday", "2026-11-01", "40 commits", "HEAD~10", a branch, tag or commit'
"""What can be read, for whoever wrote something else."""
_SPAN = re.compile(r"^(?:(\d{1,5})\s*|([a-z]+)\s+)?([a-z]+?)s?(?:\s+ago)?$")


def since_of(phrase: str, now: datetime) -> datetime | None:
    """The moment that a phrase means, never after `now`; None if it is no phrase of time.

    "last week" and "a week" are the last seven days; "this week" began on Monday; "yesterday" began at its midnight.
    """
    text = " ".join(phrase.strip().lower().split())
    lead = _LEAD.match(text)
    word, rest = (lead[1] or "", text[lead.end() :]) if lead else ("", text)
    found = _iso(rest, now) or _calendar(word, rest, now) or _back(rest, now)
    return min(found, now) if found else None


def commits_of(phrase: str) -> int:
    """How many commits a phrase means: "40 commits", "the last commit"; 0 if it speaks of none."""
    text = " ".join(phrase.strip().lower().split())
    lead = _LEAD.match(text)
    found = _COMMITS.match(text[lead.end() :] if lead else text)
    if found is None:
        return 0
    word = found[1] or "one"
    return int(word) if word.isdigit() else _NUMBERS.get(word, 0)


def _iso(text: str, now: datetime) -> datetime | None:
    if not re.match(r"(19|20)\d\d(-\d\d(-\d\d|$)|$)", text):
        return None
    try:
        moment = datetime.fromisoformat({4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text.upper()))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _calendar(word: str, text: str, now: datetime) -> datetime | None:
    """Days and periods that begin at a midnight."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "midnight") or (word, text) in (("this", "morning"), ("this", "day")):
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    if text in _WEEKDAYS:
        days = (today.weekday() - _WEEKDAYS.index(text)) % 7
        return today - timedelta(days=days or 7)
    if word in ("this", "current"):
        return {
            "week": today - timedelta(days=today.weekday()),
            "month": today.replace(day=1),
            "year": today.replace(month=1, day=1),
        }.get(text)
    return None


def _back(text: str, now: datetime) -> datetime | None:
    """A span counted back from now: "3 days", "two weeks ago", "month"."""
    span = _SPAN.match(text)
    if span is None:
        return None
    count = int(span[1]) if span[1] else _NUMBERS.get(span[2] or "one", 0)
    unit = _UNITS.get(span[3], span[3])
    try:
        if count and unit in _SECONDS:
            return now - timedelta(seconds=count * _SECONDS[unit])
        if count and unit in ("month", "year"):
            return _months_back(now, count * (12 if unit == "year" else 1))
    except (OverflowError, ValueError):
        return None
    return None


def _months_back(now: datetime, months: int) -> datetime:
    """The same day `months` earlier, or the last day of that month if it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in (now.day, 30, 29, 28):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if day == 28:
                raise
    return now
