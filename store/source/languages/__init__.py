"""One reader per family of languages; `store/source/read.py` chooses."""
