"""Scripted models and a small repository for the tests about thinking."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from tests.anthropic_server import Model, Said

BANK = {
    "bank/__init__.py": "",
    "bank/ledger.py": '''"""The ledger."""

from bank.limits import ceiling

ENTRIES = []
RETRIES = 3


def post(account, amount, *, force=False):
    """Book an amount."""
    if amount > ceiling(account) and not force:
        raise OverflowError("over the ceiling")
    ENTRIES.append((account, amount))
    settle(account)
    return len(ENTRIES)


def settle(account):
    """Bring the balance up to date."""
    total = 0
    for name, amount in ENTRIES:
        if name == account:
            total += amount
    BALANCES[account] = total
    return total


BALANCES = {}


class Auditor:
    """Looks at what was booked."""

    def check(self, account):
        if settle(account) != BALANCES[account]:
            raise AssertionError("out of balance")
        return True
''',
    "bank/limits.py": '''"""Ceilings."""

DEFAULT = 5000


def ceiling(account):
    """How much may be booked at once."""
    if account.startswith("vip"):
        return DEFAULT * 10
    return DEFAULT
''',
    "tests/test_ledger.py": "from bank.ledger import post\n\n\ndef test_post():\n    assert post('a', 1) == 1\n",
    "README.md": "# Bank\n",
}  # fmt: skip

QUESTION = "Why does booking with force skip the check in `post`?"


class Line(NamedTuple):
    """One line of the source as a model sees it."""

    path: str
    number: int
    text: str


def seen(params: dict[str, Any]) -> list[Line]:
    """The lines of source in a request."""
    text = params["messages"][0]["content"][0]["text"]
    found = []
    for block in re.finditer(r'<code-\w+ path="([^"]*)">\n(.*?)\n</code-', text, re.DOTALL):
        for line in block[2].split("\n"):
            number, _, rest = line.partition("| ")
            found.append(Line(block[1], int(number), rest))
    return found


def quote(lines: list[Line], containing: str) -> dict[str, Any] | None:
    """The quote of the first line that contains something."""
    line = next((n for n in lines if containing in n.text), None)
    return line and {"path": line.path, "first": line.number, "last": line.number, "quote": line.text.strip()}


def canary(params: dict[str, Any]) -> str | None:
    """The word that a canary wants back."""
    match = re.search(r"<word>(\w+)</word>", json.dumps(params["messages"]))
    return match[1] if match else None


def scripted(answer: Any) -> Model:
    """A model that answers canaries as it should, and everything else by `answer(params, lines)`."""

    def model(params: dict[str, Any]) -> Said:
        word = canary(params)
        if word:
            return Said(word)
        said = answer(params, seen(params))
        return said if isinstance(said, Said) else Said(json.dumps(said))

    return model


def notes(facts: list[Any], questions: list[Any]) -> dict[str, Any]:
    """A reply, without the items that have nothing to quote."""
    return {
        "facts": [f for f in facts if all(f["support"])],
        "questions": [q for q in questions if all(q["support"])],
    }


def honest(params: dict[str, Any], lines: list[Line]) -> Any:
    """A model that knows the bank and quotes it truly."""
    if "verdict" in json.dumps(params.get("output_config", {})) or "verdicts" in str(params.get("system")):
        count = len(re.findall(r"^\d+\. ", params["messages"][0]["content"][-1]["text"], re.MULTILINE))
        return {"verdicts": [{"number": n, "verdict": "supported"} for n in range(count)]}
    guard, append, vip = quote(lines, "not force"), quote(lines, "ENTRIES.append"), quote(lines, "startswith")
    return notes(
        [
            {"about": "side_effect", "subject": "post", "text": "`post` appends to the module-wide list `ENTRIES`, so bookings outlive the call.",
             "support": [append]},
            {"about": "invariant", "subject": "ceiling", "text": "Accounts whose name begins with vip have a ceiling of `DEFAULT` times ten.",
             "support": [vip]},
        ],
        [{"question": QUESTION, "answer": "The guard in `post` is joined to `force` by a conjunction, so a forced amount is never compared with `ceiling`.",
          "support": [guard]}],
    )  # fmt: skip
