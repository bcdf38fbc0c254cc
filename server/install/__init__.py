"""Into a client's configuration: which files (`clients.py`), what goes in (`entries.py`), how it is written (`files.py`)."""
