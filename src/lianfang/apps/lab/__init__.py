"""Specimens and their results, signed once and corrected only by a new fact."""
