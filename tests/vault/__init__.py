"""Both kinds of vault, and the keys of persons."""
