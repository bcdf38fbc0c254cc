"""The import of LanceDB: once, on demand, and without the part that nothing here uses. What is done with it: `store/lance.py`."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import threading
import types
from typing import Any

_CLIENT = "lance_namespace_urllib3_client"

_loading = threading.Lock()


def load() -> types.ModuleType:
    """Import lancedb, in 0.7 s instead of 1.6.

    More than half of its import is the generated REST client of a catalogue service, of which it uses names in
    annotations only. An empty stand-in takes its place while lancedb is imported. Should a later lancedb want more of it,
    the plain import follows.
    """
    with _loading:
        if "lancedb" in sys.modules:
            return sys.modules["lancedb"]
        os.environ.setdefault("LANCEDB_LOG", "error")  # otherwise it warns on stderr, once per query
        stand_in = _StandIn()
        if _CLIENT not in sys.modules:
            sys.meta_path.insert(0, stand_in)
        try:
            return importlib.import_module("lancedb")
        except Exception:  # noqa: BLE001 - whatever it stumbles over, the plain import decides
            sys.meta_path.remove(stand_in)
            _unload(keep="lancedb._lancedb")  # native code initialises once per process
            return importlib.import_module("lancedb")
        finally:
            if stand_in in sys.meta_path:
                sys.meta_path.remove(stand_in)
                _unload(only=_CLIENT)


def _unload(only: str = "", keep: str = "") -> None:
    for name in list(sys.modules):
        package = name.partition(".")[0]
        if name != keep and package in ((only,) if only else ("lancedb", "lance_namespace", _CLIENT)):
            del sys.modules[name]


class _StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the client and every module in it, all without content."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] != _CLIENT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run."""


class _Empty(types.ModuleType):
    """A module in which every name is a class without content, and always the same one."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made
