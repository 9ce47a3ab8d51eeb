"""Doors at the centre: their keys, what they told, and what follows from it."""
