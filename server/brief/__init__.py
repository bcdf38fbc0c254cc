"""The brief: what changed since somebody was last here, what it touches, what looks risky, what is known and likely to be asked.

    window (since when) -> difference (which symbols, in substance) -> risky, gone, news, touched, learnt, asked -> material
    -> a presenter

Everything is worked out at the moment of asking from git, the index and the text; no prose is kept.
"""
