"""The standing context as it lies on disk: the tree, git, and what each file says.

listing, ignore -> tree (what changed) -> read, languages -> record;  revisions -> git, past, origin (what was)
"""
