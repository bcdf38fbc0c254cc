"""What a text says about how to work here, as far as rules can tell. Pure; lessons are compared by it in `store/lessons.py`.

statement (what it wants and rules out) + slots, quantities (what it fills) -> relation (same, contradicts, nobody can tell)
"""
