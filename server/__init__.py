"""Awake: what a user waits for."""
