"""Past sessions, if the user switched that on: what was typed here becomes questions that were asked, and observations.

    reading (what a person typed, each turn once) -> questions | corrections (what they mean, pure) -> take_in (into the store)

Nothing else of a session is kept: no reply, no tool's output, nothing that we injected, and no text outside the store.
"""
