"""The vandal: does to a folder whatever people, editors and git do, at random but repeatably.

As a program it does so in a process of its own, at the pace of its input: `python vandal.py FOLDER SEED git|plain` does as many
things as the number on each line says, and answers each line with "done".
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import git


class Vandal:
    """Does anything to a folder that people, editors and git do."""

    def __init__(self, root: Path, dice: random.Random, *, in_git: bool) -> None:
        self.root, self.dice, self.in_git = root, dice, in_git
        self.names = ["a.py", "b.py", "c.txt", "d", "e", "A.py", "gen", "x.log"]

    def found(self) -> tuple[list[Path], list[Path]]:
        """The folders and the files there are, in the same order whenever they are the same."""
        folders, files = [], []
        for where, below, names in os.walk(self.root):
            below[:] = sorted(name for name in below if name != ".git")
            folders.append(Path(where))
            files += [Path(where, name) for name in sorted(names) if not os.path.islink(f"{where}/{name}")]
        return folders, files

    def folder(self) -> Path:
        return self.dice.choice(self.found()[0])

    def file(self) -> Path | None:
        files = [p for p in self.found()[1] if p.name != ".git"]
        return self.dice.choice(files) if files else None

    def place(self) -> Path:
        """Somewhere to put something: what was there is moved out of the way."""
        place = self.folder() / self.dice.choice(self.names)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif os.path.lexists(place):
            place.unlink()
        return place

    def write(self) -> None:
        self.place().write_text(self.dice.choice(["one", "two", "six", "\0", "much more text"]))

    def edit_behind_the_clock(self) -> None:
        file = self.file()
        if file:
            s = file.stat()
            file.write_bytes(file.read_bytes()[::-1])
            os.utime(
                file,
                ns=(
                    s.st_atime_ns,
                    self.dice.choice([s.st_mtime_ns, 1, s.st_mtime_ns - 10**12, s.st_mtime_ns + 10**15]),
                ),
            )

    def save_atomically(self) -> None:
        file = self.file()
        if file:
            other = file.with_name("tmp~")
            other.write_text(self.dice.choice(["one", "two", "six"]))
            os.replace(other, file)

    def delete(self) -> None:
        file = self.file()
        if file:
            file.unlink()

    def rename(self) -> None:
        file = self.file()
        if file:
            target = self.place()
            if file.exists():
                os.rename(file, target)

    def make_folders(self) -> None:
        place = self.place() / "m" / "n"
        place.mkdir(parents=True)
        (place / "deep.py").write_text("deep")
        (place.parent / "x.log").write_text("log")

    def rename_folder(self) -> None:
        folder = self.folder()
        target = self.folder() / f"r{self.dice.randint(0, 3)}"
        if folder != self.root and not target.is_relative_to(folder) and not os.path.lexists(target):
            os.rename(folder, target)

    def remove_folder(self) -> None:
        folder = self.folder()
        if folder != self.root:
            shutil.rmtree(folder)

    def link(self) -> None:
        self.place().symlink_to(self.dice.choice(["a.py", "..", "/etc", "nowhere", "d"]))

    def ignore(self) -> None:
        name = self.dice.choice([".gitignore", ".forethoughtignore"])
        file = self.folder() / name
        if not file.is_dir():
            file.write_text(
                self.dice.choice(["*.log\n", "gen\n", "d/\n!a.py\n", "*\n", "", "/e\n*.txt\n!c.txt\n", "!x.log\n"])
            )

    def close(self) -> None:
        (self.folder() / self.dice.choice(["CACHEDIR.TAG", "pyvenv.cfg"])).touch()

    def open(self) -> None:
        for name in ("CACHEDIR.TAG", "pyvenv.cfg"):
            for file in self.root.rglob(name):
                file.unlink()

    def git(self, *words: str) -> str:
        """git, which may refuse: a file may stand where it wants a folder."""
        try:
            return git(self.root, *words)
        except subprocess.CalledProcessError:
            return ""

    def commit(self) -> None:
        if self.in_git:
            self.git("add", self.dice.choice(["-A", "-Af"]), ".")
            self.git("commit", "-q", "--allow-empty", "-m", "more")

    def switch(self) -> None:
        if self.in_git:
            self.git("checkout", "-q", "-f", self.dice.choice(self.git("rev-list", "--all").split()))

    def stash(self) -> None:
        if self.in_git:
            self.git("stash", "-q", "-u")
            if self.dice.random() < 0.5:
                self.git("checkout", "-q", "-f", "stash@{0}")

    def strike(self) -> None:
        edits = [
            self.write,
            self.edit_behind_the_clock,
            self.save_atomically,
            self.delete,
            self.rename,
            self.make_folders,
        ]
        wild = [self.rename_folder, self.remove_folder, self.link, self.ignore, self.close, self.open]
        versions = [self.commit, self.switch, self.stash]
        self.dice.choice([*edits, *edits, *edits, *wild, *versions])()


def main() -> None:
    folder, seed, kind = sys.argv[1:]
    vandal = Vandal(Path(folder), random.Random(int(seed)), in_git=kind == "git")
    for line in sys.stdin:
        for _ in range(int(line)):
            vandal.strike()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
