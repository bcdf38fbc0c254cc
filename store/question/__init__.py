"""What a question means here: its kind, the things it names, its window."""
