"""What stands in a relation to a name: re-exports, implementers, packages, members in other files; in several languages."""

from __future__ import annotations

from tests.conftest import MakeRepo, write
from tests.test_families import Repo


def test_a_file_that_merely_imports_is_no_re_export(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo({
            "src/compose.ts": "export const compose = () => 1\n",
            "src/use/index.ts": "import { compose } from '../compose'\nexport const used = compose()\n",
            "src/index.ts": "export { compose } from './compose'\n",
            "src/again/index.ts": "import { compose } from '../compose'\nexport { compose as weave }\n",
        })
    )  # fmt: skip
    said = repo.ask("callers", "src/compose.ts::compose")
    assert "Re-exported by src/again/index.ts, src/index.ts." in said


def test_nothing_calls_it_is_not_said_of_what_tests_call(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo({
            "kit/make.py": "def made():\n    return 1\n",
            "tests/test_make.py": "from kit.make import made\n\n\ndef test_made():\n    assert made()\n",
        })
    )  # fmt: skip
    brief = repo.answer("callers", "kit/make.py::made").brief
    assert brief == "Nothing outside the tests calls `made`; in tests, 1 place does"


def test_a_setting_that_is_read_as_a_type_is_read(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo({
            "kit/default_settings.py": "DELAY = 0\nDEPTH = 3\n",
            "kit/run.py": "class Run:\n    def go(self):\n        return self.crawler.settings.getfloat('DELAY')\n",
            "kit/deep.py": "def deep(level='DEPTH'):\n    return level\n",
        })
    )  # fmt: skip
    assert "read in `Run.go` kit/run.py:3" in repo.ask("setting", "setting:DELAY")
    unread = repo.ask("setting", "setting:DEPTH")
    assert "No place was recognised that reads it." in unread and "`kit/deep.py`" in unread


WEB = {
    "go.mod": "module example.org/web/v2\n\ngo 1.22\n",
    "web.go": "package web\n\ntype Handler interface {\n\tServe(path string, n int) error\n\tClose() error\n}\n",
    "serve/serve.go": (
        'package serve\n\nimport "example.org/web/v2/log"\n\ntype Server struct{ log.Sink }\n\n'
        "func (s *Server) Serve(p string, count int) error { return nil }\n\ntype Half struct{}\n\n"
        "func (h Half) Serve(p string, count int) error { return nil }\n\ntype Wide struct{ log.Sink }\n\n"
        "func (w Wide) Serve(p string) error { return nil }\n"
    ),
    "serve/more.go": "package serve\n\nfunc (s *Server) Stop() {}\n",
    "log/a.go": "package log\n\ntype Sink struct{}\n\nfunc (s Sink) Close() error { return nil }\n",
    "log/log.go": 'package log\n\nvar Name = "log"\n',
}


def test_who_implements_an_interface_of_go_is_told_by_its_methods(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo(WEB))
    said = repo.ask("subclasses", "web.go::Handler")
    assert "`Serve`, `Close`" in said and "by method names" in said
    assert "- `Server` serve/serve.go:5" in said and "Half" not in said and "Wide" not in said


def test_a_new_implementer_makes_the_answer_stale(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo(WEB))
    before = repo.answer("subclasses", "web.go::Handler")
    write(repo.root, {"log/b.go": "package log\n\nfunc (s Sink) Serve(p string, n int) error { return nil }\n"})
    repo.follow()
    assert not repo.still_fresh(before) and "`Sink`" in repo.ask("subclasses", "web.go::Handler")


def test_a_protocol_of_python_is_implemented_by_what_has_its_methods(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo({
            "kit/ports.py": "from typing import Protocol\n\n\nclass Port(Protocol):\n    def ship(self, box): ...\n",
            "kit/sea.py": "class Sea:\n    def ship(self, box, *, slow=True):\n        return box\n",
        })
    )  # fmt: skip
    assert "`Sea`" in repo.ask("subclasses", "kit/ports.py::Port")


def test_importing_a_package_of_go_names_the_package(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo(WEB))
    assert "imports 1 package of this repository: `log/`." in repo.ask("depends", "serve/serve.go")
    assert "`log/` is imported by 1 file:\n- `serve/serve.go`" in repo.ask("callers", "log/")
    assert "imported with its package, `log/`" in repo.ask("callers", "log/a.go")


def test_methods_of_a_type_of_go_are_found_in_all_files_of_its_package(make_repo: MakeRepo) -> None:
    said = Repo(make_repo(WEB)).ask("contents", "serve/serve.go::Server")
    assert "`Server.Serve` serve/serve.go:7" in said and "`Server.Stop` serve/more.go:3" in said


def test_an_environment_variable_that_is_only_asked_for_is_a_setting(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo({"src/tint.ts": "export function tinted() {\n  return !('NO_TINT' in process?.env)\n}\n"}))
    assert "read in `tinted` src/tint.ts:2" in repo.ask("setting", "setting:NO_TINT")
