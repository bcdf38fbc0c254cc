"""Which version this is: of the installed distribution, or of the checkout it runs from."""

from __future__ import annotations

from pathlib import Path


def version() -> str:
    """The version, as `forethought --version` and the server's introduction give it."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if project.is_file():
        lines = project.read_text(encoding="utf-8").splitlines()
        return next((line.split('"')[1] for line in lines if line.startswith("version = ")), "0")
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("forethought")
    except PackageNotFoundError:
        return "0"
