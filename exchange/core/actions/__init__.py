"""Administrators' actions: who changed trust, on whose word, and what followed from it."""
