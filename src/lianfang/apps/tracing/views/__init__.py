"""Pages of investigations and the JSON behind their drawings."""
