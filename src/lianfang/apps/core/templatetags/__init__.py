"""Template tags of the whole interface."""
