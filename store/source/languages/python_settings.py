"""What a Python file reads and defines as settings: environment variables, configuration keys, command-line options.

Patterns over single expressions, which the walk of `python_refs.py` shows one by one; nothing is evaluated beyond literals,
and loops over literals.
"""

from __future__ import annotations

import ast
import re
from typing import Literal

from store.source.record import Setting

_Kind = Literal["env", "config", "option"]
_Access = Literal["read", "define", "write"]

_UPPER = re.compile(r"^[A-Z][A-Z0-9_]+$")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_CONFIGS = frozenset({"config", "conf", "settings", "default_config", "defaults", "cfg"})
_READERS = frozenset({"get", "pop", "setdefault", "getenv"})
_TYPED = re.compile(r"^get_?[a-z]+$")
"""`settings.getint("X")`, `config.get_bool("X")`: a reader that says of what type the value is."""
_OPTIONS = frozenset({"add_argument", "option", "Option", "add_option"})
_SETTERS = frozenset({"setenv", "putenv", "delenv", "unsetenv", "setitem", "delitem"})
_DECLARING = ("Config", "Settings")
_DECLARING_FILES = frozenset({"settings", "config", "default_settings", "defaults"})


class Settings:
    """Collects the settings of one file."""

    def __init__(self, path: str) -> None:
        self._found: dict[Setting, None] = {}
        self._loops: dict[str, tuple[str, ...]] = {}
        self._os = {"os"}
        self._environ: set[str] = set()
        self._declares = not _DECLARING_FILES.isdisjoint(path.removesuffix(".py").split("/")[-2:])

    def settings(self) -> tuple[Setting, ...]:
        """All settings, in order of line."""
        return tuple(sorted(self._found, key=lambda s: (s.line, s.name, s.access)))

    def _note(
        self, names: tuple[str, ...], kind: _Kind, access: _Access, node: ast.expr, scope: str, default: str = ""
    ) -> None:
        for name in names:
            self._found.setdefault(Setting(name, kind, access, node.lineno, scope, default))

    # -- what names stand for ------------------------------------------------------------------------------------------

    def imported(self, module: str, name: str, bound: str) -> None:
        """Note what stands for `os` and for `os.environ` here."""
        if module == "os":
            (self._environ if name == "environ" else self._os if not name else set()).add(bound or "os")

    def loop(self, target: ast.expr, iterable: ast.expr) -> None:
        """Note a loop variable that runs over literal strings."""
        if isinstance(target, ast.Name):
            self._loops[target.id] = _strings(iterable)

    def _mapping(self, node: ast.expr) -> _Kind | None:
        """Whether something is the environment, or is called like a configuration."""
        if isinstance(node, ast.Name):
            name = node.id
            if name in self._environ:
                return "env"
        elif isinstance(node, ast.Attribute):
            name = node.attr
            if name in self._environ and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                return "env"
            if name == "environ":
                # A WSGI environ has the same name: only the one of `os` counts.
                return "env" if isinstance(node.value, ast.Name) and node.value.id in self._os else None
        else:
            return None
        name = name.lower()
        return "config" if name in _CONFIGS or name.endswith(("_config", "_settings")) else None

    def _keys(self, node: ast.expr, kind: _Kind) -> tuple[str, ...]:
        if isinstance(node, ast.Name):
            return self._loops.get(node.id, ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            pattern = _NAME if kind == "env" else _UPPER
            return (node.value,) if pattern.match(node.value) else ()
        return ()

    # -- expressions ---------------------------------------------------------------------------------------------------

    def subscript(self, node: ast.Subscript, scope: str) -> None:
        """`os.environ["X"]`, `config["X"]`, read or written."""
        kind = self._mapping(node.value)
        if kind:
            access: _Access = "read" if isinstance(node.ctx, ast.Load) else "write"
            self._note(self._keys(node.slice, kind), kind, access, node, scope)

    def compare(self, node: ast.Compare, scope: str) -> None:
        """`"X" in os.environ`."""
        if isinstance(node.ops[0], ast.In | ast.NotIn) and (kind := self._mapping(node.comparators[0])):
            self._note(self._keys(node.left, kind), kind, "read", node, scope)

    def attribute(self, node: ast.Attribute, scope: str) -> None:
        """`settings.X`."""
        if node.attr.isupper() and _UPPER.match(node.attr) and self._mapping(node.value) == "config":
            self._note((node.attr,), "config", "read" if isinstance(node.ctx, ast.Load) else "write", node, scope)

    def call(self, node: ast.Call, scope: str) -> None:
        """`os.getenv("X")`, `environ.get("X", 1)`, `env.bool("X")`, `get_bool_env("X")`, `add_argument("--x")`, `envvar="X"`."""
        function = node.func.value if isinstance(node.func, ast.Subscript) else node.func
        name = _last(function)
        receiver = function.value if isinstance(function, ast.Attribute) else None
        if node.args:
            if name in _OPTIONS:
                self._options(node, scope)
            elif name in _SETTERS or name in ("getattr", "hasattr"):
                self._by_argument(node, name, scope)
            else:
                self._read(node, name, receiver, scope)
        if node.keywords:
            self._keywords(node, name, receiver, scope)

    def _read(self, node: ast.Call, name: str, receiver: ast.expr | None, scope: str) -> None:
        first = node.args[0]
        kind: _Kind | None = None
        if name in _READERS:
            kind = "env" if name == "getenv" else self._mapping(receiver) if receiver is not None else None
        elif receiver is not None and _TYPED.match(name) and self._mapping(receiver) == "config":
            kind = "config"
        if (
            kind is None
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
            and _UPPER.match(first.value)
        ):
            if "env" in name.lower() or _last(receiver) == "env" or (name == "config" and receiver is None):
                kind = "env"
            elif name.endswith("ConfigAttribute"):
                kind = "config"
        if kind:
            default = _literal(node.args[1] if len(node.args) > 1 else _keyword(node, "default"))
            self._note(self._keys(first, kind), kind, "write" if name == "setdefault" else "read", node, scope, default)

    def _by_argument(self, node: ast.Call, name: str, scope: str) -> None:
        """`monkeypatch.setenv("X", ...)`, `monkeypatch.setitem(os.environ, "X", ...)`, `getattr(settings, "X", None)`."""
        first, *others = node.args
        kind = self._mapping(first)
        if name in ("getattr", "hasattr") and kind != "config":
            return
        if kind and others:
            access: _Access = "write" if name in _SETTERS else "read"
            default = _literal(others[1]) if access == "read" and len(others) > 1 else ""
            self._note(self._keys(others[0], kind), kind, access, node, scope, default)
        elif name.endswith("env"):
            self._note(self._keys(first, "env"), "env", "write", node, scope)

    def _options(self, node: ast.Call, scope: str) -> None:
        strings = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        options = tuple(o.strip() for s in strings for o in s.split("/") if o.strip().startswith("--"))
        self._note(options, "option", "define", node, scope, _literal(_keyword(node, "default")))

    def _keywords(self, node: ast.Call, name: str, receiver: ast.expr | None, scope: str) -> None:
        variable = _keyword(node, "envvar")
        if variable is not None:
            names = _strings(variable) or self._keys(variable, "env")
            self._note(names, "env", "read", node, scope, _literal(_keyword(node, "default")))
        if name in ("update", "from_mapping") and receiver is not None and self._mapping(receiver) == "config":
            for keyword in node.keywords:
                if keyword.arg and _UPPER.match(keyword.arg):
                    self._note((keyword.arg,), "config", "write", keyword.value, scope, _literal(keyword.value))

    # -- definitions ---------------------------------------------------------------------------------------------------

    def assignment(self, target: ast.expr, value: ast.expr | None, scope: str, level: str) -> None:
        """A dict of defaults, another name for `os.environ`, or an UPPER name where settings are declared."""
        if value is None:
            return
        if isinstance(target, ast.Name) and self._mapping(value) == "env":
            self._environ.add(target.id)
        name = _last(target)
        if name.lower() in _CONFIGS:
            self._defaults(value, scope)
        declares = (level == "module" and self._declares) or (level == "class" and scope.endswith(_DECLARING))
        if declares and isinstance(target, ast.Name) and _UPPER.match(name):
            self._note((name,), "config", "define", target, scope, _literal(value))

    def _defaults(self, value: ast.expr, scope: str) -> None:
        """The keys of a dict, however it is wrapped: `default_config = ImmutableDict({"DEBUG": None, ...})`."""
        for node in ast.walk(value):
            if isinstance(node, ast.Dict):
                for key, default in zip(node.keys, node.values, strict=True):
                    if key is not None:
                        self._note(self._keys(key, "config"), "config", "define", key, scope, _literal(default))

    def fields(self, node: ast.ClassDef, scope: str) -> None:
        """The fields of a class of pydantic's BaseSettings: each is an environment variable."""
        if not any(_last(b) == "BaseSettings" for b in node.bases):
            return
        prefix = ""
        for inner in ast.walk(node):
            if isinstance(inner, ast.keyword) and inner.arg == "env_prefix" and isinstance(inner.value, ast.Constant):
                prefix = str(inner.value.value)
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = f"{prefix}{statement.target.id}".upper()
                self._note((name,), "env", "read", statement.target, scope, _literal(statement.value))


def _strings(node: ast.expr) -> tuple[str, ...]:
    if not isinstance(node, ast.Tuple | ast.List | ast.Set):
        return ()
    return tuple(e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str))


def _last(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr | None) -> str:
    literal = isinstance(node, ast.Constant | ast.UnaryOp | ast.List | ast.Tuple | ast.Dict)
    return ast.unparse(node)[:80] if literal and node is not None else ""


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)
