"""What a question means here: its kind, the things it names, its window.

    understand: kinds, windows + mention -> link -> named, or portion -> fulltext -> find -> described -> readings

Which stored answer may be given to a question is `gate.py`.
"""
