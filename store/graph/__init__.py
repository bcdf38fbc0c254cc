"""How the files refer to each other."""
