"""Prediction: what will be asked next, how likely, and what that teaches."""
