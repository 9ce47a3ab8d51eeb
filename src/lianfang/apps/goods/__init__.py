"""Lots and packages of goods, and what became part of what."""
