"""How well Python references are resolved, measured against jedi.

Run by hand: python tests/bench/resolve_python.py REPO [N] [--misses] [--callers]. Random loads of names and attributes are
given to jedi's `goto(follow_imports=True)`; what it resolves is the gold. An edge counts by line and target symbol: precision
over tokens that jedi resolves to anything, recall over those it resolves into the repo. With --callers the question is the
other way round: the sites of N sampled symbols against `get_references`, where `goto` is asked about what this does not find.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import jedi

from store.graph.index import Index
from store.source.languages.python import read_python
from store.source.record import FileRecord, symbol_id


class Token(NamedTuple):
    path: str
    line: int
    column: int
    name: str


def tokens_of(path: str, text: str) -> list[Token]:
    """Every load of a name or an attribute in a file."""
    found = []
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.append(Token(path, node.lineno, node.col_offset, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
            column = len(lines[line - 1].encode()[:end].decode(errors="replace")) - len(node.attr)
            found.append(Token(path, line, column, node.attr))
    return found


class Bench:
    """One repository, read and resolved, with jedi beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        files = [p for p in sorted(self.root.rglob("*.py")) if ".git" not in p.parts]
        self.data = {str(p.relative_to(self.root)): p.read_bytes() for p in files}
        started = time.process_time()
        self.records: dict[str, FileRecord] = {}
        for path, data in self.data.items():
            try:
                self.records[path] = read_python(path, data)
            except (SyntaxError, ValueError):
                continue
        read = time.process_time() - started
        self.index = Index()
        started = time.process_time()
        self.index.apply(self.records.values())
        resolved = time.process_time() - started
        print(
            f"{len(self.records)} files, read {len(self.records) / read:.0f} files/s, resolved in {resolved:.3f} s CPU"
        )
        roots = [str(self.root), *(str(self.root / d) for d in ("src", "lib", "tests") if (self.root / d).is_dir())]
        # The repo's own packages come first: this environment may have the same ones installed.
        self.project = jedi.Project(self.root, sys_path=[*roots, *sys.path[1:]])
        self.texts = {path: self.data[path].decode("utf-8", "replace") for path in self.records}
        self.predicted: dict[tuple[str, int], set[str]] = {}
        for path in self.records:
            row = self.index.row(path)
            for edge in row.edges if row else ():
                if edge.exact and edge.kind != "import" and edge.target[:4] != "ext:":
                    for line in edge.lines:
                        self.predicted.setdefault((path, line), set()).add(edge.target)

    def gold(self, token: Token) -> tuple[set[str], bool] | None:
        """The symbols here that jedi says a token means, and whether it also means something else; None if it cannot tell."""
        script = jedi.Script(self.texts[token.path], path=self.root / token.path, project=self.project)
        try:
            names = script.goto(token.line, token.column, follow_imports=True)
        except Exception:  # noqa: BLE001  (jedi raises all sorts of things on valid code)
            return None
        if not names:
            return None
        found = [self._symbol(n) for n in names]
        return {f for f in found if f}, any(not f for f in found)

    def path_of(self, name: jedi.api.classes.Name) -> str:
        """The file of something that jedi names, "" if it is not of the repo."""
        inside = name.module_path is not None and Path(name.module_path).is_relative_to(self.root)
        return str(Path(name.module_path).relative_to(self.root)) if inside else ""

    def _symbol(self, name: jedi.api.classes.Name) -> str | None:
        path = self.path_of(name)
        record = self.records.get(path)
        if record is None:
            return None
        if name.type == "module":
            return path
        if name.line is None or name.type == "param":
            return None
        line = self.texts[path].split("\n")[name.line - 1]
        attribute = line[: name.column].rstrip().endswith(".")
        around = [
            s for s in record.symbols if s.start <= name.line <= s.end and s.kind in ("class", "function", "method")
        ]
        around.sort(key=lambda s: s.end - s.start)
        quals = {s.qual.split("#")[0] for s in record.symbols}
        for symbol in around:
            if symbol.name == name.name and name.type in ("function", "class", "property"):
                return symbol_id(path, symbol.qual.split("#")[0])
            if f"{symbol.qual}.{name.name}" in quals and (symbol.kind == "class" or not attribute):
                return symbol_id(path, f"{symbol.qual}.{name.name}")
            if not attribute:
                return None
        return symbol_id(path, name.name) if not around and name.name in quals else None


def by_tokens(bench: Bench, count: int, seed: int, show: bool) -> None:
    """Precision and recall of exact edges over random tokens."""
    every = [t for path, text in bench.texts.items() for t in tokens_of(path, text)]
    random.Random(seed).shuffle(every)
    counts: Counter[str] = Counter()
    spent = 0.0
    for token in every[:count]:
        started = time.process_time()
        gold = bench.gold(token)
        spent += time.process_time() - started
        if gold is None:
            counts["jedi unresolved"] += 1
            continue
        here, elsewhere = gold
        at = bench.predicted.get((token.path, token.line), set())
        mine = {t for t in at if t.rsplit("::", 1)[-1].rsplit(".", 1)[-1] == token.name} | (at & here)
        if here:
            counts["gold"] += 1
            counts["found"] += bool(at & here)
            if show and not at & here:
                print(f"MISS  {token.path}:{token.line} {token.name} -> {sorted(here)}")
        others = set()
        for target in mine - here:
            # Another token of that name on the line may be what was meant.
            twins = [t for t in every if t[:2] == token[:2] and t.name == token.name and t != token]
            if not any(target in (bench.gold(t) or (set(), False))[0] for t in twins):
                others.add(target)
        counts["right"] += len(mine & here)
        counts["wrong"] += len(others)
        if show and others:
            print(f"WRONG {token.path}:{token.line} {token.name} -> {sorted(others)}; jedi: {sorted(here)} {elsewhere}")
    precision = counts["right"] / max(1, counts["right"] + counts["wrong"])
    recall = counts["found"] / max(1, counts["gold"])
    print(dict(counts))
    print(
        f"precision {precision:.3f}  recall {recall:.3f}  over {count} tokens (jedi {spent / max(1, count) * 1000:.0f} ms each)"
    )


def by_callers(bench: Bench, count: int, seed: int, show: bool) -> None:
    """Precision and recall of the sites of random functions, methods and classes."""
    every = [
        (path, s)
        for path, record in bench.records.items()
        for s in record.symbols
        if s.kind in ("function", "method", "class")
        and not record.is_test
        and "#" not in s.qual
        and not s.name.startswith("__")
    ]
    random.Random(seed).shuffle(every)
    counts: Counter[str] = Counter()
    for path, symbol in every[:count]:
        script = jedi.Script(bench.texts[path], path=bench.root / path, project=bench.project)
        line = symbol.start
        lines = bench.texts[path].split("\n")
        while symbol.name not in lines[line - 1] or not lines[line - 1].lstrip().startswith(("def", "class", "async")):
            line += 1
        column = lines[line - 1].index(f" {symbol.name}") + 1
        try:
            names = script.get_references(line, column)
        except Exception:  # noqa: BLE001  (jedi raises all sorts of things on valid code)
            counts["jedi failed"] += 1
            continue
        gold = set()
        for name in names:
            where = bench.path_of(name)
            if where in bench.records and not name.is_definition() and name.line:
                gold.add((where, name.line))
        imports = {(p, i.line) for p, r in bench.records.items() for i in r.imports}
        gold = {g for g in gold if g not in imports}
        sites = bench.index.sites(symbol_id(path, symbol.qual))
        mine = {(s.path, n) for s in sites if s.exact and s.kind != "import" for n in s.lines}
        counts["gold"] += len(gold)
        counts["both"] += len(gold & mine)
        counts["mine"] += len(mine)
        for where, at in sorted(mine - gold):
            # `get_references` finds less than `goto` does: ask the other way round.
            told = [
                bench.gold(t) for t in tokens_of(where, bench.texts[where]) if t.line == at and t.name == symbol.name
            ]
            known = [g[0] for g in told if g is not None]
            agrees = any(symbol_id(path, symbol.qual) in g for g in known)
            counts[
                "extra, goto agrees" if agrees else "extra, goto differs" if known else "extra, goto cannot tell"
            ] += 1
            if show and known and not agrees:
                print(f"EXTRA {where}:{at} {symbol.qual}; goto: {known}")
        if show and gold - mine:
            print(f"MISS  {symbol_id(path, symbol.qual)} {sorted(gold - mine)[:4]}")
    print(dict(counts))
    agreed = counts["both"] + counts["extra, goto agrees"]
    precision = agreed / max(1, agreed + counts["extra, goto differs"])
    print(f"precision {precision:.3f}  recall {counts['both'] / max(1, counts['gold']):.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callers", action="store_true")
    parser.add_argument("--misses", action="store_true")
    arguments = parser.parse_args()
    run = by_callers if arguments.callers else by_tokens
    run(Bench(arguments.repo), arguments.count, arguments.seed, arguments.misses)
