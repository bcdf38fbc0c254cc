"""One file per command of the command line: `configure` says what it takes, `run` does it and returns the exit code."""
