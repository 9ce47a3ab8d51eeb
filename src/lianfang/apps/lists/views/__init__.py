"""Pages of the lists and of the review."""
