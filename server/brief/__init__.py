"""The brief: what changed since somebody was last here, what it touches, what looks risky, what is known and likely to be asked.

    window (since when) -> changed (which symbols) -> touched, risky (what that means) -> material -> a presenter

Everything is worked out at the moment of asking from git and the index; no prose is kept.
"""
