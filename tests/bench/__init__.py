"""Figures, never tests: every ratio is taken inside one run, on one machine, in turns."""
