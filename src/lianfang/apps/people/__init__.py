"""Persons, their identity data and their line-list reports."""
