"""`forethought sleep`: one shift now. The command belongs to the sleeper's room (`sleep/command.py`); this is its door."""

from __future__ import annotations

import argparse

from server.app import Settings, sleep_command


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    sleep_command().configure(parser)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Run it; returns the exit code."""
    code: int = sleep_command().run(args, settings.repo, settings.store)
    return code
