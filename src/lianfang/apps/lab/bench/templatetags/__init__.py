"""Template filters of the bench."""
