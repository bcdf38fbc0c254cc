"""Slots: questions that a project answers one way at a time (which formatter, which quotes), and the answers that a text names.

Two statements that fill one slot otherwise cannot both hold, however few words they share; whether they speak of the same thing
at all is `relation.py`. Numbers, which have too many answers to list, are `quantities.py`. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from store.question.terms import split_name, stem

_TABLE = """
python packages: install package dependency manage environment requirement python : pip uv poetry pipenv pdm conda mamba rye hatch
js packages: install package dependency manager manage javascript typescript js node : npm yarn pnpm bun
test runner: test suite runner python through : pytest unittest nose nose2
task runner: test run target task runner session : nox tox make+test|make+check invoke!
js test runner: test suite runner javascript typescript : jest vitest mocha jasmine karma ava!
browser tests: test e2e browser : playwright cypress selenium puppeteer testcafe
formatter: format formatter code style python source : black! yapf autopep8 ruff+format blue!
js formatter: format formatter code style javascript typescript source : prettier dprint biome+format
linter: lint linter code python source : flake8 pylint ruff! pycodestyle pyflakes
js linter: lint linter code javascript typescript source : eslint biome! tslint oxlint jshint
type checker: type check checker hint python code static : mypy pyright pyre pytype ty! basedpyright
bundler: bundle bundler build : webpack vite! rollup esbuild parcel! turbopack rspack
containers: container image run : docker! podman containerd nerdctl
ci: ci pipeline live workflow run build job : jenkins github+actions gitlab+ci circleci travis buildkite azure+pipelines teamcity
database: database db run data : postgresql|postgres mysql mariadb sqlite oracle! mongodb|mongo cockroachdb
logging: log logging logger library : structlog loguru logbook winston pino! log4j slf4j standard+logging|stdlib+logging
http client: http call client library outgoing : requests! httpx aiohttp urllib3 urllib axios fetch! got! ky!
orm: orm model query database : sqlalchemy django+orm peewee tortoise sqlmodel prisma typeorm drizzle sequelize
state: state manage global store : redux zustand mobx recoil jotai pinia vuex
css: css style styling : tailwind bootstrap sass styled+components css+modules emotion!
web framework: web framework build : flask django fastapi express! koa fastify hono starlette
command line: command line cli argument parse parser : argparse click! typer docopt
docs: doc documentation docs build generate site : sphinx mkdocs docusaurus hugo! vitepress jekyll
java build: build java tool : maven gradle bazel buck
c build: build tool : cmake meson! scons autotools
infrastructure: infrastructure cloud provision : terraform pulumi cloudformation opentofu
cloud: cloud host run provider : aws gcp azure
quotes: quote string text : single+quotes|single+quote|single-quoted double+quotes|double+quote|double-quoted
indentation: indent indentation indented wide deep : tabs!|tab! spaces!|space!
line endings: line ending file end eol must newline : crlf lf
merging: merge pull request pr commit branch style : squash|squashing|squashed merge+commit|merge+commits rebase|rebasing|rebased
case: name case named naming identifier : snake_case camelcase|camel+case pascalcase|pascal+case kebab-case|kebab+case
clock: time date timestamp timezone zone store save keep : utc local+time
language: language : english german french spanish italian portuguese japanese chinese dutch polish
docstrings: docstring style follow format write convention : google! numpy! epytext!
config format: config configuration file format written write : yaml|yml toml json ini
concurrency: function code : async|asynchronous sync|synchronous
weekday: day week : monday tuesday wednesday thursday friday saturday sunday
branch: branch : ->main ->master ->develop|->dev ->trunk ->stable ->production ->release+branch|->release
"""
"""slot: words that name it : its answers, alternatives behind |, several words with +. With ! an answer is a common word too, and
counts only beside a word that names the slot, or where little else is said. With -> it is one only where a branch can stand."""

FEW = 3
"""Words of a text in which a common word counts without a cue beside it."""

_BRANCH = (
    r"(?:(?:from|to|into|against|onto|off|of|on|targets?|called|named|branch is|straight to)\s+(?:the\s+)?{0}(?:\s+branch)?"
    r"(?=\s*(?:$|[.,;:)]|(?:now|only|and|not|never|instead|directly|again|because|branch)\b))"
    r"|\b{0} branch|^{0}(?= (?:is|branch)\b))"
)


class Filled(NamedTuple):
    """A slot as a text fills it: what it names, as written, and what it may call the slot itself."""

    values: frozenset[str]
    said: frozenset[str]


class _Answer(NamedTuple):
    value: str
    pattern: re.Pattern[str]
    common: bool


class _Slot(NamedTuple):
    name: str
    cues: frozenset[str]
    answers: tuple[_Answer, ...]


def _answers(listed: str) -> list[_Answer]:
    """The spellings of one answer; the first one names it."""
    found: list[_Answer] = []
    for spelling in listed.split("|"):
        common, branch = spelling.endswith("!"), spelling.startswith("->")
        words = re.escape(spelling.removesuffix("!").removeprefix("->").replace("+", " "))
        shape = (
            _BRANCH.format(words) if branch else rf"(?<![\w./-]){words.replace(chr(92) + ' ', ' +')}s?(?![\w/-]|\.\w)"
        )
        value = found[0].value if found else words.replace("\\", "")
        found.append(_Answer(value, re.compile(shape, re.IGNORECASE), common))
    return found


@lru_cache(maxsize=1)
def _slots() -> tuple[_Slot, ...]:
    found = []
    for line in _TABLE.strip().splitlines():
        named, answers = line.split(" : ")
        name, cues = named.split(":")
        listed = tuple(one for answer in answers.split() for one in _answers(answer))
        found.append(_Slot(name, frozenset(stem(cue) for cue in cues.split()), listed))
    return tuple(found)


def cues_of(slot: str) -> frozenset[str]:
    """The stems that name a slot: they tell nothing beyond it."""
    return next((one.cues for one in _slots() if one.name == slot), frozenset())


@lru_cache(maxsize=8192)
def filled(text: str) -> dict[str, Filled]:
    """The slots that a text fills."""
    plain = text.replace("`", " ").replace('"', " ")
    words = [stem(w) for w in re.findall(r"[a-z]+", plain.lower())]
    found: dict[str, Filled] = {}
    for slot in _slots():
        hits = [(a, m[0]) for a in slot.answers for m in a.pattern.finditer(plain)]
        named = bool(slot.cues & set(words)) or len(words) <= FEW or any(not a.common for a, _ in hits)
        if hits and named:
            values = frozenset(a.value for a, _ in hits)
            found[slot.name] = Filled(values, frozenset(t for _, said in hits for t in _stems(said)))
    return found


def _stems(said: str) -> set[str]:
    """Stems of what was written, whole and in its parts, as other texts may be cut."""
    words = re.findall(r"[A-Za-z0-9]+", said)
    return {stem(w.lower()) for w in words} | {stem(part) for w in words for part in split_name(w)}
