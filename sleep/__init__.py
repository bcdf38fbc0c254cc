"""Asleep: what runs while nobody waits."""
