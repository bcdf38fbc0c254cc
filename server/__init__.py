"""Awake: what a user waits for.

    mcp, or a command (cli) -> app -> lookup -> live (the disk), shelf and tiers (what is stored), nearby (misses) -> present

What was asked or found out goes the other way: record, observe, voting -> the journal. The rest is beside it: summary, learnt and
brief (told unasked), serve, web and rooms (the process), status and account (what is known of it all).
"""
