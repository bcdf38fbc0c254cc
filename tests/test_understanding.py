"""What questions are taken to mean: kinds, names, windows, descriptions, and what is refused. On a small real repository."""

from __future__ import annotations

import pytest

from store.graph.index import Index
from store.question.find import Finder
from store.question.kinds import shape_of
from store.question.mention import masked, mentions
from store.question.portion import portion_of
from store.question.terms import stem, terms
from store.question.understand import Understanding, understand
from store.question.windows import window_of
from store.source.read import read
from store.source.record import Row, decode, encode
from store.words import verbatim
from tests.conftest import MakeRepo, write
from tests.test_families import Repo

POST = {
    "pyproject.toml": '[project]\nname = "post"\n\n[build-system]\nbuild-backend = "hatchling.build"\n',
    "docs/guide.md": "# Guide\n\n## Sending parcels\n\nUse a counter.\n",
    "post/__init__.py": '"""Parcels and letters."""\nfrom post.parcel import Parcel as Parcel\n',
    "post/errors.py": 'class PostError(Exception):\n    """Base."""\n\n\nclass TooHeavy(PostError):\n    """Too much."""\n',
    "post/parcel.py": (
        "import os\nimport zlib\n\nfrom post.errors import TooHeavy\n\n"
        'MAX_WEIGHT = 30\n"""Kilograms."""\n\n\n'
        'class Shipment:\n    """Anything that is carried from one address to another."""\n\n'
        "    def __init__(self, sender: str, max_days: int = 3) -> None:\n        self.label = ''\n\n"
        '    def track(self) -> str:\n        """Where it is just now."""\n        return self.label\n\n\n'
        'class Parcel(Shipment):\n    """A box."""\n\n'
        "    def seal_box(self, weight: int) -> None:\n"
        '        """Close the lid; refuses what is too heavy to carry."""\n'
        "        if weight > MAX_WEIGHT:\n            raise TooHeavy(weight)\n"
        "        self.label = print_label(self)\n\n"
        "    def __bool__(self) -> bool:\n        return bool(self.label)\n\n\n"
        "def print_label(parcel: Parcel) -> str:\n"
        '    """Render the sticker with the barcode."""\n    return barcode(parcel.label)\n\n\n'
        "def barcode(text: str) -> str:\n"
        '    """Stripes that a scanner reads."""\n    return str(zlib.crc32(text.encode()))\n\n\n'
        "def remove_customs_stamp(text: str) -> str:\n"
        '    """Strip the stamp when the border is not crossed."""\n    return text.strip(os.environ.get("CUSTOMS_STAMP"))\n'
    ),
    "post/counter.py": (
        "from post.parcel import Parcel\n\n\nclass Counter:\n"
        '    """Where people queue."""\n\n'
        "    def accept(self, parcel: Parcel) -> None:\n        parcel.seal_box(2)\n\n"
        "    def close(self) -> None:\n        pass\n\n\n"
        "class Window:\n    def close(self) -> None:\n        pass\n"
    ),
    "tests/test_parcel.py": (
        "from post.parcel import Parcel\n\n\ndef test_heavy_parcels_are_refused():\n    Parcel('me').seal_box(99)\n"
    ),
}


class Desk(Repo):
    """The repository, asked with a finder that follows it."""

    finder: Finder | None = None

    def ask(self, question: str, **stated: object) -> Understanding:
        if self.finder is None:
            self.finder = Finder(self.index)
        return understand(question, self.sources, self.finder, **stated)  # type: ignore[arg-type]

    def first(self, question: str, **stated: object) -> tuple[str, tuple[str, ...]]:
        query = self.ask(question, **stated).readings[0].query
        return query.kind, query.entities


@pytest.fixture
def desk(make_repo: MakeRepo) -> Desk:
    return Desk(make_repo(POST, git_repo=False))


SEAL = "post/parcel.py::Parcel.seal_box"


@pytest.mark.parametrize(
    ("question", "kind", "entity"),
    [
        ("what does Parcel.seal_box do?", "explain", SEAL),
        ("seal_box", "explain", SEAL),
        ("Parcel seal_box", "explain", SEAL),
        ("def print_label", "explain", "post/parcel.py::print_label"),
        ("explain the `barcode` function", "explain", "post/parcel.py::barcode"),
        ("Where is print_label defined?", "where", "post/parcel.py::print_label"),
        ("who calls print_label", "callers", "post/parcel.py::print_label"),
        ("print_label callers please", "callers", "post/parcel.py::print_label"),
        ("Is print_label used anywhere?", "callers", "post/parcel.py::print_label"),
        ("what does print_label call?", "callees", "post/parcel.py::print_label"),
        ("which tests cover Parcel.seal_box?", "tests", SEAL),
        ("what subclasses Shipment?", "subclasses", "post/parcel.py::Shipment"),
        ("When do I get TooHeavy?", "raises", "post/errors.py::TooHeavy"),
        ("what does seal_box raise?", "raises", SEAL),
        ("If I change barcode(), what has to change with it?", "impact", "post/parcel.py::barcode"),
        ("what's in post/counter.py?", "contents", "post/counter.py"),
        ("which files import post/parcel.py?", "callers", "post/parcel.py"),
        ("what does post/parcel.py import?", "depends", "post/parcel.py"),
        ("test_parcel.py", "explain", "tests/test_parcel.py"),
        ("who last changed post/errors.py?", "changes", "post/errors.py"),
        ("Which commit introduced MAX_WEIGHT?", "changes", "text:MAX_WEIGHT"),
        ("default of CUSTOMS_STAMP?", "setting", "setting:CUSTOMS_STAMP"),
        ("what's the build backend?", "commands", "command:backend"),
        ("how do I run the tests?", "commands", "command:test"),
        ("post.Parcel", "explain", "post/parcel.py::Parcel"),
        ("give me an overview of this project", "contents", "."),
        ("tech stack", "contents", "."),
        ("overview of post", "contents", "post/"),
        ("what changed in the last week?", "changes", "."),
        ("what depends on post/parcel.py?", "callers", "post/parcel.py"),
        ("what does post/counter.py depend on?", "depends", "post/counter.py"),
        ("list the methods of the Counter class", "contents", "post/counter.py::Counter"),
        ("base class of Parcel", "explain", "post/parcel.py::Parcel"),
        ("shipment.seal_box()", "explain", SEAL),
        ("Parcel.track", "explain", "post/parcel.py::Shipment.track"),
        ("parcel.seal_box(5)", "explain", SEAL),
        ("what arguments does the Shipment constructor take?", "explain", "post/parcel.py::Shipment.__init__"),
    ],
)
def test_names_and_sentences_are_understood(desk: Desk, question: str, kind: str, entity: str) -> None:
    found = desk.ask(question)
    assert found.certain
    assert (found.readings[0].query.kind, found.readings[0].query.entities) == (kind, (entity,))
    assert found.readings[0].why


@pytest.mark.parametrize(
    "question",
    [
        "what does Parcel.unseal do?",
        "who calls print_labels?",
        "Explain the ParcelRegistry class",
        "where is post.Envelope implemented?",
        "show the implementation of zlib.Decompressor.flush",
        "default of POST_TIMEOUT?",
        "what does the function seal_boxes do?",
    ],
)
def test_a_name_that_nothing_defines_is_absent_whatever_looks_like_it(desk: Desk, question: str) -> None:
    found = desk.ask(question)
    assert found.certain
    assert found.readings[0].query.entities[0].startswith("absent:")


@pytest.mark.parametrize(
    "question",
    [
        "what's the weather in Lisbon tomorrow?",
        "What is the difference between TCP and UDP?",
        "how does zlib's inflate choose its window?",
        "which team won the football championship?",
        "",
    ],
)
def test_what_has_nothing_to_do_with_the_repository_is_a_miss(desk: Desk, question: str) -> None:
    assert desk.ask(question).readings == ()


@pytest.mark.parametrize(
    ("question", "entity"),
    [
        ("what strips the customs stamp?", "post/parcel.py::remove_customs_stamp"),
        ("where is the sticker rendered?", "post/parcel.py::print_label"),
        ("when is a parcel true?", "post/parcel.py::Parcel.__bool__"),
        ("which method closes the lid of heavy boxes?", SEAL),
    ],
)
def test_descriptions_in_other_words_find_the_thing(desk: Desk, question: str, entity: str) -> None:
    assert entity in [r.query.entities[0] for r in desk.ask(question).readings]


@pytest.mark.parametrize("question", ["who calls customs", "which tests cover customs", "what does customs do"])
def test_a_plain_word_in_a_name_s_place_that_nothing_is_called_is_never_answered_for_another(
    desk: Desk, question: str
) -> None:
    found = desk.ask(question)
    assert not found.certain


def test_what_is_only_described_is_less_sure_than_what_is_named(desk: Desk) -> None:
    assert desk.ask("print_label").readings[0].score == 1.0
    assert all(r.score < 1.0 for r in desk.ask("how is the parcel box closed for sending").readings)


def test_one_name_for_two_things_is_asked_back(desk: Desk) -> None:
    found = desk.ask("what does close() do?")
    assert not found.certain
    assert {r.query.entities[0] for r in found.readings} == {
        "post/counter.py::Counter.close",
        "post/counter.py::Window.close",
    }


def test_the_class_named_beside_it_says_which_of_two_is_meant(desk: Desk) -> None:
    found = desk.ask("Window close")
    assert found.certain
    assert found.readings[0].query.entities == ("post/counter.py::Window.close",)


def test_a_parameter_is_asked_of_the_function_that_takes_it(desk: Desk) -> None:
    one, other = (desk.ask(f"default {name} of Shipment?").readings[0].query for name in ("max_days", "sender"))
    assert one.entities == ("post/parcel.py::Shipment.__init__",)
    assert one.scope == "parameter:max_days"
    assert one.key != other.key


def test_what_the_asker_states_wins(desk: Desk) -> None:
    assert desk.first("tell me more", kind="callers", about=["print_label"]) == (
        "callers",
        ("post/parcel.py::print_label",),
    )
    assert desk.first("tell me more", kind="tests", about=[SEAL]) == ("tests", (SEAL,))
    stated = desk.ask("what happened", kind="changes", about=["post/parcel.py"], since="past 7 days")
    assert stated.readings[0].query.since == "1 week ago"


def test_two_wordings_of_one_question_have_one_key(desk: Desk) -> None:
    asked = (
        "Who calls print_label in the library code?",
        "Which functions in src invoke print_label?",
        "callers of print_label in src",
    )
    assert len({desk.ask(q).readings[0].query.key for q in asked}) == 1


def test_what_is_asked_for_by_what_it_is_not_is_never_certain(desk: Desk) -> None:
    assert not desk.ask("which functions in post/parcel.py are never called?").certain
    assert not desk.ask("unused functions in post/parcel.py").certain


def test_a_refusal_says_why(desk: Desk) -> None:
    notes = desk.ask("which team stamps parcels for the football championship in Lisbon?").notes
    assert any("covers" in note for note in notes)


def test_opposite_directions_have_different_keys(desk: Desk) -> None:
    assert desk.first("what calls print_label?") != desk.first("what does print_label call?")


def test_an_edit_is_found_by_the_next_question(desk: Desk) -> None:
    assert desk.ask("who forges banknotes?").readings == ()
    write(desk.root, {"post/forger.py": 'def forge_banknotes():\n    """Forge them."""\n'})
    desk.follow()
    assert "post/forger.py::forge_banknotes" in [
        r.query.entities[0] for r in desk.ask("who forges banknotes?").readings
    ]
    (desk.root / "post/forger.py").unlink()
    desk.follow()
    assert desk.ask("who forges banknotes?").readings == ()


def test_a_finder_that_followed_edits_finds_what_a_new_one_finds(desk: Desk) -> None:
    followed = Finder(desk.index)
    for n in range(5):
        write(desk.root, {"post/parcel.py": POST["post/parcel.py"] + f"\n\ndef extra_{n}() -> None:\n    pass\n"})
        desk.follow()
        followed.find("strip the stamp")
    new = Finder(desk.index)
    for question in ("strip the stamp", "barcode stripes", "close lid heavy"):
        assert followed.find(question) == new.find(question)


def test_what_a_file_is_found_by_comes_with_its_record_and_is_not_worked_out_again() -> None:
    data = POST["post/parcel.py"].encode()
    record = read("post/parcel.py", data)
    assert record.portion and not any(symbol.words for symbol in record.symbols)
    stored, index = decode(encode(Row(record))), Index()
    index.load([stored])
    assert portion_of(stored.record) == portion_of(record)
    asked = [f.entity for f in Finder(index).find("strip the stamp")]
    assert asked and all(entity.startswith("post/parcel.py") for entity in asked)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("what changed in the last week?", "1 week ago"),
        ("commits over the past 7 days", "1 week ago"),
        ("changes from the last 3 days", "3 days ago"),
        ("removed since v3.0", "3.0"),
        ("dropped since 3.0", "3.0"),
        ("from v2.3 to v2.4", "2.3..2.4"),
        ("v2.4 compared with v2.3", "2.3..2.4"),
        ("yesterday's commits", "yesterday"),
        ("what is a window?", None),
    ],
)
def test_windows_have_one_spelling(text: str, window: str | None) -> None:
    assert window_of(text) == window


@pytest.mark.parametrize(
    ("words", "one"),
    [
        ("validate validates validation validator validating", "valid"),
        ("register registers registered registration", "regist"),
        ("cookie cookies", "cooky"),
        ("retry retries retried", "retry"),
        ("strip stripped stripping", "strip"),
    ],
)
def test_inflections_have_one_stem(words: str, one: str) -> None:
    assert {stem(w) for w in words.split()} == {one}


def test_names_fall_into_words_and_plain_words_are_left_out() -> None:
    assert terms("How does the HTTPServer.run_once method work?") == ["http", "server", "run"]
    assert "get" in terms("a GET request")


def test_the_shape_of_a_sentence_ignores_the_names_in_it() -> None:
    question = "what does test_client call in raise_for_status?"
    assert shape_of(masked(question, mentions(question))).kind == "callees"


def test_the_same_words_have_one_verbatim_key() -> None:
    assert verbatim("Who calls  X?").key == verbatim("who calls x").key
