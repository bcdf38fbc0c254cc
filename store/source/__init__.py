"""The standing context as it lies on disk: the tree, git, and what each file says."""
