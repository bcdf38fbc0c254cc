"""How the files refer to each other.

records -> resolve (each language in its own files) -> index, which is kept up with the tree and asked by everybody
"""
