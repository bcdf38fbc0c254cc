"""What both rooms know: the vocabulary, the tables, embeddings, and the truth about the sources."""
