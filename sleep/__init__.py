"""Asleep: what runs while nobody waits.

    schedule (when; watch) -> child, keeper, leash (in which process) -> shift: its stages, in order

Every stage gets the desk. What a shift may spend: limits, budgets, pace; what it did: report.
"""
