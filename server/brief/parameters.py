"""What a function wants to be called with, read from its text; and what became of that between two texts.

Python by its own rules; other languages by how many arguments they take. Whether a call fits is `calls.py`.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from typing import NamedTuple

from server.brief.substance import parsed

_Plain = inspect.Parameter
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


class Parameters(NamedTuple):
    """The parameters in order, with a receiver (`self`) left out; how many must and may be given.

    `signature` is Python's own. `receiver` tells whether there is one; `bound`, whether a call through the class binds it, too.
    """

    names: tuple[str, ...]
    least: int
    most: float
    signature: inspect.Signature | None = None
    whole: inspect.Signature | None = None
    receiver: bool = False
    bound: bool = False


def parameters(text: str, name: str, language: str, *, method: bool) -> Parameters | None:
    """What a definition wants; None where that cannot be told for certain."""
    if language == "python":
        return _python(text, method=method)
    found = _listed(text, name)
    return None if found is None else _counted(found, language)


def altered(old: Parameters, new: Parameters) -> str:
    """What became of the parameters, as "+ currency, - tax"; "" where they have the same names in the same order."""
    came = [n for n in new.names if n not in old.names]
    gone = [n for n in old.names if n not in new.names]
    if not came and not gone:
        return "in another order" if old.names != new.names else _needed(old, new)
    return ", ".join([*(f"+{n}" for n in came), *(f"-{n}" for n in gone)])


def _needed(old: Parameters, new: Parameters) -> str:
    if old.signature is None or new.signature is None:
        return ""
    was, now = old.signature.parameters, new.signature.parameters
    must = [n for n in now if now[n].default is _Plain.empty and was[n].default is not _Plain.empty]
    return f"{', '.join(must)} without a default now" if must else ""


# -- Python ------------------------------------------------------------------------------------------------------------------


def _python(text: str, *, method: bool) -> Parameters | None:
    tree = parsed(textwrap.dedent(text))
    node = tree.body[0] if tree and len(tree.body) == 1 else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    marks = {_last(d) for d in node.decorator_list}
    if marks & {"property", "cached_property", "setter", "getter", "deleter", "overload"}:
        return None
    whole = _signature(node.args)
    receiver = method and "staticmethod" not in marks and bool(whole.parameters)
    plain = list(whole.parameters.values())[1 if receiver else 0 :]
    signature = whole.replace(parameters=plain)
    needed = [
        p for p in plain if p.default is _Plain.empty and p.kind not in (_Plain.VAR_POSITIONAL, _Plain.VAR_KEYWORD)
    ]
    names = tuple(str(p).split("=")[0] for p in plain)
    return Parameters(
        names, len(needed), math.inf, signature, whole, receiver, "classmethod" in marks or node.name == "__init__"
    )


def _signature(given: ast.arguments) -> inspect.Signature:
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(given.defaults)
    found = [
        _Plain(a.arg, _Plain.POSITIONAL_ONLY if n < len(given.posonlyargs) else _Plain.POSITIONAL_OR_KEYWORD,
               default=_Plain.empty if n < without else ...)
        for n, a in enumerate(positional)
    ]  # fmt: skip
    if given.vararg:
        found.append(_Plain(given.vararg.arg, _Plain.VAR_POSITIONAL))
    for a, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(_Plain(a.arg, _Plain.KEYWORD_ONLY, default=_Plain.empty if default is None else ...))
    if given.kwarg:
        found.append(_Plain(given.kwarg.arg, _Plain.VAR_KEYWORD))
    return inspect.Signature(found)


def _last(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# -- other languages ---------------------------------------------------------------------------------------------------------


def _listed(text: str, name: str) -> list[str] | None:
    """The text of each parameter behind a name, its generics left out."""
    found = re.search(
        rf"(?<![\w$]){re.escape(name)}(?![\w$])\s*[?!]?\s*(?:=\s*)?(?:async\b\s*)?(?:function\b\s*\*?\s*)?", text
    )
    if found is None:
        return None
    at = found.end()
    if text[at : at + 1] in ("<", "["):
        at = _closing(text, at) + 1
    rest = text[at:].lstrip()
    end = _closing(rest, 0) if rest.startswith("(") else 0
    return _split(rest[1:end]) if end > 0 else None


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` is closed; before the beginning where it never is."""
    depth = 0
    for at in range(start, len(text)):
        sign = text[at]
        if sign in _PAIRS:
            depth += 1
        elif sign in ")]}" or (sign == ">" and text[at - 1] not in "=-"):
            depth -= 1
            if not depth:
                return at
    return -1


def _split(inside: str) -> list[str]:
    inside = re.sub(r"//[^\n]*|/\*.*?\*/", "", inside, flags=re.DOTALL)
    parts, depth, begin = [], 0, 0
    for at, sign in enumerate(inside):
        if sign in _PAIRS:
            depth += 1
        elif sign in ")]}" or (sign == ">" and inside[at - 1 : at] not in ("=", "-")):
            depth -= 1
        elif sign == "," and not depth:
            parts.append(inside[begin:at])
            begin = at + 1
    return [" ".join(part.split()) for part in [*parts, inside[begin:]] if part.strip()]


def _counted(given: list[str], language: str) -> Parameters | None:
    script = language in ("typescript", "tsx", "javascript")
    kept = [p for p in given if not (script and re.match(r"this\s*:", p)) and not (language == "c" and p == "void")]
    receiver = language == "rust" and bool(kept) and bool(re.match(r"(?:&\s*(?:'\w+\s*)?)?(?:mut\s+)?self\b", kept[0]))
    kept = kept[1:] if receiver else kept
    if any("=" in p.replace("=>", "") for p in kept) and not script:
        return None  # defaults of C++ and C#
    rest = [p for p in kept if "..." in p]
    needed = [p for p in kept if "..." not in p and not (script and _optional(p))]
    return Parameters(
        tuple(_named(p, language) for p in kept), len(needed), math.inf if rest else len(kept), receiver=receiver
    )


def _optional(parameter: str) -> bool:
    return bool(re.match(r"(?:\w+\s+)*[\w$]+\s*\?", parameter)) or "=" in parameter.replace("=>", "")


def _named(parameter: str, language: str) -> str:
    if language in ("c", "java"):
        return str((re.findall(r"\w+", parameter) or [parameter])[-1])
    found = re.match(r"(?:mut\s+|public\s+|private\s+|protected\s+|readonly\s+)*(\.{0,3}[\w$]+)", parameter)
    return str(found[1]) if found else parameter[:20]
