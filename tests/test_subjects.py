"""What a question is about, where a word only looks like the name: compounds, means, doers, placeholders, what may not exist."""

from __future__ import annotations

import pytest

from store import families
from store.question.understand import Understanding, understand
from tests.conftest import MakeRepo, git, write
from tests.test_families import Repo

PORT = {
    "go.mod": "module example.org/port/v2\n\ngo 1.22\n",
    "port.go": 'package port\n\nimport "example.com/deep/sea"\n\nvar a = sea.Store\n\ntype Ship struct{}\n\n'
    "func (s Ship) Store() {}\n\ntype Docker interface {\n\tDock(n int) error\n}\n",
    "src/server.py": (
        '"""Serves."""\nimport yaml\n\n\ndef serve():\n    """Answers requests."""\n    return yaml.safe_load("a")\n'
    ),
    "src/files.py": (
        '"""Files."""\n\n\nclass FileServer:\n    """A server of files."""\n\n    def hidden(self, name):\n'
        '        """Whether the file server hides a file."""\n        return name.startswith(".")\n'
    ),
    "src/hooks.py": (
        '"""Hooks."""\nHOOKS = []\n\n\ndef at_exit(function):\n    """Registers a function to be run at the end."""\n'
        "    HOOKS.append(function)\n\n\ndef run_hooks():\n"
        '    """Executes the functions that were registered."""\n    for hook in HOOKS:\n        hook()\n'
    ),
    "src/robots.py": (
        '"""Obeys robots."""\n\n\n'
        'def allowed(url):\n    """Whether the robots file obeys, for a url."""\n    return url\n'
    ),
    "src/jwt/index.ts": "export const verify = (token: string) => token\n",
    "src/jwt/keys.ts": "export const keys = []\n",
    "src/main.ts": "import { verify } from './jwt'\nverify('a')\n",
}


@pytest.fixture
def port(make_repo: MakeRepo) -> Repo:
    return Repo(make_repo(PORT))


def meant(repo: Repo, question: str) -> tuple[str, str, bool]:
    """Kind and first entity of the best reading, and whether it would be answered without asking back."""
    found: Understanding = understand(question, repo.sources)
    query = found.readings[0].query
    return query.kind, query.entities[0], found.certain


@pytest.mark.parametrize("question", ["how does the file server hide files?", "is there a special server module?"])
def test_a_word_of_a_longer_name_is_no_file_of_that_name(port: Repo, question: str) -> None:
    found = understand(question, port.sources)
    assert not any(r.query.entities[0].startswith("src/server.py") and found.certain for r in found.readings)


def test_the_module_itself_is_still_found_by_its_name(port: Repo) -> None:
    assert meant(port, "what is in the server module?")[1] == "src/server.py"
    assert meant(port, "what does module server import?")[:2] == ("depends", "src/server.py")


def test_what_something_is_made_with_is_not_what_is_asked_about(port: Repo) -> None:
    found = understand("where are functions registered with at_exit actually executed?", port.sources)
    assert not found.certain and "src/hooks.py::run_hooks" in [r.query.entities[0] for r in found.readings]
    assert meant(port, "where is at_exit defined?") == ("where", "src/hooks.py::at_exit", True)


def test_a_proper_name_that_nothing_speaks_of_is_denied_where_it_is_asked_to_exist(port: Repo) -> None:
    assert meant(port, "is there a Redis storage module?") == ("explain", "absent:Redis", True)
    assert meant(port, "is there a Server of files?")[1] != "absent:Server"


def test_a_document_that_only_the_program_deals_with_is_no_missing_file(port: Repo) -> None:
    assert meant(port, "where is robots.txt obeyed for a url?")[1] == "src/robots.py::allowed"
    assert meant(port, "what does robots.txt do?")[1] == "absent:robots.txt"


def test_a_placeholder_in_braces_is_no_name(port: Repo) -> None:
    assert all("port" not in r.query.entities[0] for r in understand("what is {http.port}", port.sources).readings)


def test_a_folder_of_typescript_is_not_taken_for_its_index(port: Repo) -> None:
    assert meant(port, "what changed in src/jwt?")[1] == "src/jwt/"
    assert meant(port, "who imports src/jwt?")[1] == "src/jwt/"
    assert meant(port, "what changed in src/jwt/index.ts?")[1] == "src/jwt/index.ts"


def test_a_name_with_the_package_of_go_before_it_is_found(port: Repo) -> None:
    assert meant(port, "which types implement port.Docker") == ("subclasses", "port.go::Docker", True)
    assert meant(port, "where is harbour.Docker defined")[1] == "absent:harbour.Docker"


def test_who_imports_a_package_from_outside_is_answered(port: Repo) -> None:
    assert meant(port, "which files import yaml in src") == ("callers", "ext:yaml", True)
    assert "- `src/server.py`" in port.ask("callers", "ext:yaml")


def test_a_package_of_go_from_outside_is_known_by_its_whole_path_and_is_no_receiver(port: Repo) -> None:
    assert meant(port, "who imports example.com/deep/sea?") == ("callers", "ext:example.com/deep/sea", True)
    assert meant(port, "which types implement sea.Store?")[1] == "absent:sea.Store"


@pytest.mark.parametrize(
    ("question", "scope"),
    [("methods of FileServer", "methods"), ("FileServer fields", "fields"), ("what is in the FileServer class", None)],
)
def test_members_of_a_class_are_its_contents(port: Repo, question: str, scope: str | None) -> None:
    query = understand(question, port.sources).readings[0].query
    assert (query.kind, query.scope, query.entities) == ("contents", scope, ("src/files.py::FileServer",))


def test_when_something_described_was_added_is_told_by_its_first_commit(port: Repo) -> None:
    write(port.root, {"src/hooks.py": PORT["src/hooks.py"] + "MORE = 1\n"})
    git(port.root, "commit", "-qam", "More hooks")
    port.follow()
    found = understand("when was executing registered hooks added?", port.sources).readings[0].query
    assert (found.kind, found.entities, found.scope) == ("changes", ("src/hooks.py",), "first")
    answer = families.answer(port.sources, found)
    assert answer is not None
    told = [claim.text for claim in answer.claims]
    assert "came to its place with:" in told[0] and told[0].endswith("Ada: start") and "More hooks" in told[2]


def test_of_several_things_of_one_name_the_one_that_is_used_comes_first(make_repo: MakeRepo) -> None:
    use = "from lib.zeta import bind\n\n\ndef go():\n    return bind()\n"
    one = "def bind():\n    return 1\n"
    repo = Repo(make_repo({"lib/alpha.py": one, "lib/zeta.py": one, "lib/use.py": use, "lib/more.py": use}))
    assert meant(repo, "what does bind do?")[1] == "lib/zeta.py::bind"
