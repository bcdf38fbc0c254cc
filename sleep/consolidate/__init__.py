"""Consolidation: raw observations become few lessons, asleep.

    generate (is this a lesson at all?) -> reflect (is it new, known, or against what is known?) -> curate (deltas, applied)

Pure functions over words, which take the time; `stage.py` reads and writes the store. No model is needed: what decides is
recurrence, explicit words, names, slots and negations; similarity only proposes. Where thinking is switched on,
`deliberate.py` asks about what rules cannot tell, after all this is stored.
"""
