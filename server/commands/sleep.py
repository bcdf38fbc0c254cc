"""`forethought sleep`: one shift, now. What it takes and does is the sleeper's own (`sleep/command.py`)."""

from __future__ import annotations

import argparse

from server.app import Settings, sleep_command


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    sleep_command().configure(command)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Run a shift; returns the exit code."""
    args.store, args.team, args.org = settings.store, settings.team, settings.org
    args.promote_after = settings.promote_after
    code: int = sleep_command().run(args, settings.repo, settings.store)
    return code
