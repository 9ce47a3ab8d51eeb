"""Doors: decide who comes in from what they carry with them. Never loads Django, never asks the centre."""
