"""Pages of key places."""
