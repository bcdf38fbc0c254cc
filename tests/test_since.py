"""When "since" is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from store.source.since import since_of

NOW = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("phrase", "then"),
    [
        ("today", datetime(2026, 3, 31)),
        ("midnight", datetime(2026, 3, 31)),
        ("yesterday", datetime(2026, 3, 30)),
        ("since yesterday", datetime(2026, 3, 30)),
        ("this week", datetime(2026, 3, 30)),
        ("this month", datetime(2026, 3, 1)),
        ("this year", datetime(2026, 1, 1)),
        ("last week", datetime(2026, 3, 24, 15, 30)),
        ("in the past week", datetime(2026, 3, 24, 15, 30)),
        ("1 week ago", datetime(2026, 3, 24, 15, 30)),
        ("a week", datetime(2026, 3, 24, 15, 30)),
        ("3 days", datetime(2026, 3, 28, 15, 30)),
        ("the last 3 days", datetime(2026, 3, 28, 15, 30)),
        ("two hours ago", datetime(2026, 3, 31, 13, 30)),
        ("3d", datetime(2026, 3, 28, 15, 30)),
        ("last month", datetime(2026, 2, 28, 15, 30)),
        ("13 months ago", datetime(2025, 2, 28, 15, 30)),
        ("1 year ago", datetime(2025, 3, 31, 15, 30)),
        ("monday", datetime(2026, 3, 30)),
        ("last Tuesday", datetime(2026, 3, 24)),
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31T10:00", datetime(2026, 1, 31, 10)),
        ("2026-01-31 10:00:00", datetime(2026, 1, 31, 10)),
        ("2025-12", datetime(2025, 12, 1)),
        ("2024", datetime(2024, 1, 1)),
        ("2099-01-01", NOW.replace(tzinfo=None)),
    ],
)
def test_a_phrase_of_time_is_a_moment(phrase: str, then: datetime) -> None:
    assert since_of(phrase, NOW) == then.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "phrase", ["", "v1.2", "main", "3", "abc123", "2026-13-45", "99999 years", "last", "0 days", "monkey", "the"]
)
def test_what_is_no_time_is_none(phrase: str) -> None:
    assert since_of(phrase, NOW) is None


def test_a_moment_with_a_zone_of_its_own_keeps_it() -> None:
    east = timezone(timedelta(hours=5))
    assert since_of("2026-01-31T10:00+05:00", NOW) == datetime(2026, 1, 31, 10, tzinfo=east)
    assert since_of("today", NOW.astimezone(east)) == datetime(2026, 3, 31, tzinfo=east)
