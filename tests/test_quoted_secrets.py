"""Secrets in documentation, signatures, values and commit messages: neither stored nor told. Finding them: `test_secrets.py`."""

from __future__ import annotations

import pytest

from store.home import Home
from store.source.read import read
from store.tables import Store
from tests.clients import run, shifted
from tests.conftest import MakeRepo, git, write

pytestmark = pytest.mark.anyio

TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
PASSWORD = "Xk29fj3k" + "LmQ8zz9a"

FILES = {
    "shop.py": f'"""Shop. Signs in with {TOKEN}."""\n\nPASSWORD = "{PASSWORD}"\n\n\ndef connect(password="{PASSWORD}"):\n'
    f'    """Connects with api_key="{PASSWORD}7" to the bank."""\n    return password\n',
    "config.toml": f'[db]\npassword = "{PASSWORD}"\n',
    "read.py": f'import os\n\nT = os.environ.get("API_TOKEN", "{PASSWORD}")\n',
}


@pytest.mark.parametrize("path", FILES)
def test_a_record_quotes_no_secret(path: str) -> None:
    record = read(path, FILES[path].encode())
    assert PASSWORD not in repr(record) and TOKEN not in repr(record)
    assert "redacted" in repr(record)


async def test_no_answer_tells_one_and_no_table_keeps_one(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    write(repo, {"shop.py": FILES["shop.py"] + "\nX = 1\n"})
    git(repo, "commit", "-qam", f"use {TOKEN} in shop")
    await shifted(repo)
    store = await Store.open(Home(repo))
    kept = repr([await store.preanswers(), await store.cards(), await store.rows()])
    store.close()
    assert "connect" in kept and PASSWORD not in kept and TOKEN not in kept
    for question in ("what changed in shop.py", "what does connect do"):
        done = run("ask", "--repo", str(repo), question)
        assert "redacted" in done.stdout and PASSWORD not in done.stdout and TOKEN not in done.stdout
