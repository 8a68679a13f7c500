"""Gate 5: what a document says must be true of the world; one small function for each rule."""
