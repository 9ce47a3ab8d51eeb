"""Pages of health codes, and what doors fetch."""
