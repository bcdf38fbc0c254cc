"""Thinking: what a model is given, what it may cost, and what of its words is believed. Who thinks: `sleep/thinkers/`."""
