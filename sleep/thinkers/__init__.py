"""Thinkers: what reasons asleep. `thinker.py` is their interface; each other file is one of them, or what they share."""
