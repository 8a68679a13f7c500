"""Engines that nobody here wrote."""
